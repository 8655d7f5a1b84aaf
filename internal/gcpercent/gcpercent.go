// Package gcpercent makes garbage collection rarer, as soon as it is imported: a command
// allocates some megabytes and ends, and collecting them takes longer than the command. It
// imports only the standard library, so that it is initialized before packages that allocate much while they
// are initialized. The environment variable GOGC overrides it.
package gcpercent

import (
	"os"
	"runtime/debug"
)

// percent is by how much the heap may grow before it is collected.
const percent = 400

//nolint:gochecknoinits // main is initialized last, which is too late
func init() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
