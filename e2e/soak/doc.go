// Package soak runs random pushes, copies and deletions against a registry that fails, cuts and
// throttles connections, while processes are killed. docs/reliability.md describes the results.
package soak
