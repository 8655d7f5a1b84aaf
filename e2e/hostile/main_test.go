//go:build unix

package hostile

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ocompose/ocompose/commands"
)

// TestMain puts two programs into PATH, both links to this test binary: ocompose, and one that
// measures it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"ocompose": func() { os.Exit(commands.RunProcess()) },
		"measured": measured,
	})
}
