// Command ocompose packages Docker Compose applications as OCI artifacts.
package main

import (
	"os"
	"runtime/debug"

	"github.com/ocompose/ocompose/commands"
)

func main() {
	// A command allocates some megabytes and ends: garbage collection costs more than the
	// command.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	os.Exit(commands.RunProcess())
}
