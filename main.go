// Command ocompose packages Docker Compose applications as OCI artifacts.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/ocompose/ocompose/commands"
)

func main() {
	// A command allocates some megabytes and ends: collecting them costs more than the
	// command.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program as it would any other
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintf(os.Stderr, "ocompose: finding the current directory: %v\n", err)
		os.Exit(1)
	}
	args, plugin := os.Args[1:], commands.IsPlugin(os.Args[0])
	if plugin {
		var config string
		if args, config = commands.PluginLine(args); config != "" {
			_ = os.Setenv("DOCKER_CONFIG", config) // as docker itself reads it
		}
	}
	os.Exit(commands.Main(ctx, args, commands.Process{
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Environ: os.Environ(),
		Dir:     dir,
		Plugin:  plugin,
	}))
}
