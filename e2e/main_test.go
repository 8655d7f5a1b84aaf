package e2e

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ocompose/ocompose/commands"
)

// TestMain puts a program called ocompose into PATH, for scripts and tests to
// run as a process of its own: this test's binary under that name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ocompose": ocompose})
}

// ocompose does what main of the module's root does.
func ocompose() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	args, plugin := os.Args[1:], commands.IsPlugin(os.Getenv("OCOMPOSE_TEST_PROGRAM"))
	if plugin {
		var config string
		if args, config = commands.PluginLine(args); config != "" {
			_ = os.Setenv("DOCKER_CONFIG", config)
		}
	}
	os.Exit(commands.Main(ctx, args, commands.Process{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Dir: dir, Plugin: plugin,
	}))
}
