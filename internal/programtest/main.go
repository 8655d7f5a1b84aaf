package programtest

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ocompose/ocompose/commands"
)

// Main runs the tests of a package with ocompose and docker-ocompose in PATH: the test binary
// itself under these names, so that a test can run them as processes. Call it from TestMain.
func Main(m *testing.M) {
	run := func() { os.Exit(commands.RunProcess()) }
	testscript.Main(m, map[string]func(){"ocompose": run, "docker-ocompose": run})
}
