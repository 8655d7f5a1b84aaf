// Package programtest runs ocompose as a process, with a separate working folder and home, for
// the tests below e2e. It also has shared fixtures: an application, kinds of registries to test
// against, and the parts of `ocompose inspect -o json` that tests check.
package programtest
