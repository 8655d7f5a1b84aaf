// Package deployment keeps the files of applications where Docker Compose runs them from: each
// application in a folder of its own, which stays the same when a new version comes, so that
// what its services write next to its files stays too.
package deployment
