// Package deployment manages the folders from which Docker Compose runs applications. Each
// application has its own folder for all versions, so that data that its services write next to
// its files is kept.
package deployment
