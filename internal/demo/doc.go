// Package demo has the images of the example application in the documentation, so that it
// can be tried without any other registry.
package demo
