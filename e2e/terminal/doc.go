// Package terminal tests what a user sees: recordings of all commands on terminals of two widths,
// progress, completion in shells, and that results have the same order each time.
package terminal
