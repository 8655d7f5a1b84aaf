// Package signaturetest signs packages for tests, by the library of Notation.
package signaturetest
