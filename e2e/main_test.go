package e2e

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ocompose/ocompose/commands"
)

// TestMain puts a program called ocompose into PATH, for scripts and tests to run as a
// process of its own: this test's binary under that name, and under that of Docker's plugin.
func TestMain(m *testing.M) {
	run := func() { os.Exit(commands.RunProcess()) }
	testscript.Main(m, map[string]func(){"ocompose": run, "docker-ocompose": run})
}
