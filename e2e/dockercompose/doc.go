// Package dockercompose has Docker Compose read packages from registries and compares what it
// reads with the project: each kind of package, each project of the corpus, several versions of
// Docker Compose. The other way round, ocompose reads what Docker Compose publishes and locks.
package dockercompose
