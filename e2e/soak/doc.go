// Package soak has the program push, copy and delete at random against a registry that fails,
// cuts and throttles, while processes are killed. docs/reliability.md says what it shows.
package soak
