// Package programtest runs ocompose as a process, in a folder and a home of its own, for the tests
// below e2e. It also has what many of them use: an application, kinds of registries to test
// against, and the parts of `ocompose inspect -o json` that they check.
package programtest
