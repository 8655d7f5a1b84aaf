// Package house has no code, only tests that hold the house rules: which room
// may import which, what a file may be called and how long it may be, and which
// words have no place in the repository. CONTRIBUTING.md tells the rules in
// words; the tables here are what counts.
package house
