// Package signaturetest signs packages for tests, with Notation's library.
package signaturetest
