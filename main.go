// Command ocompose packages Docker Compose applications as OCI artifacts.
package main

import (
	"os"

	"github.com/ocompose/ocompose/commands"
	_ "github.com/ocompose/ocompose/internal/gcpercent"
)

func main() {
	os.Exit(commands.RunProcess())
}
