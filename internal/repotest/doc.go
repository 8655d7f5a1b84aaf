// Package repotest has only tests, which check the repository where no linter does: documents
// refer to existing tests and files, every package has an import rule, the licenses of linked
// modules permit it, and no file refers to a single machine.
package repotest
