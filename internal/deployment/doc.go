// Package deployment keeps the files of applications where Docker Compose runs them from: each
// application in its own folder, which stays the same for all versions, so that
// data that its services write next to its files is kept.
package deployment
