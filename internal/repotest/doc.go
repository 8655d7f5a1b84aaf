// Package repotest has no code, only tests about the repository itself that no linter
// has: documents name tests and files that exist, every package has an import rule, the
// licenses of what is linked allow it, and nothing refers to one machine.
package repotest
