// Package demo has the images of the application that the documentation shows, so that it can
// be tried with nothing else at hand.
package demo
