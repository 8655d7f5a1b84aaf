// Package filelock locks folders against other processes. A lock ends with the process that holds
// it, even if that is killed.
package filelock
