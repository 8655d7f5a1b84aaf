package e2e

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ocompose/ocompose/commands"
)

// TestMain puts a program called ocompose into PATH, for scripts and tests to run as a
// process of its own: this test's binary under that name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ocompose": func() { os.Exit(commands.RunProcess()) }})
}
