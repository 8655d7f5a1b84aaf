package commands

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/ocompose/ocompose/commands/failure"
	"github.com/ocompose/ocompose/commands/plugin"
	"github.com/ocompose/ocompose/commands/terminal"
)

// grace is how long a command may clean up after a signal. Reading a FIFO, or writing to a pipe that
// nobody reads, can't be interrupted.
const grace = 1500 * time.Millisecond

// RunProcess runs the program in this process, and returns its exit status. One interrupt or
// termination signal ends the command; the process ends soon after in any case.
func RunProcess() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() {
		stop() // a second signal terminates the process by default
		time.Sleep(grace)
		os.Exit(failure.ExitInterrupted)
	})
	// net/http logs what servers do wrong, with their own text and without a limit.
	log.SetOutput(io.Discard)
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintf(os.Stderr, "ocompose: finding the current directory: %v\n", err)
		return failure.ExitFailed
	}
	args, asPlugin := os.Args[1:], plugin.Is(os.Args[0])
	if asPlugin {
		var config string
		if args, config = plugin.Line(args); config != "" {
			_ = os.Setenv("DOCKER_CONFIG", config) // as docker itself reads it
		}
	}
	return Main(ctx, args, terminal.Process{
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Environ: os.Environ(),
		Dir:     dir,
		Replace: terminal.ReplaceProcess(),
		Plugin:  asPlugin,
	})
}
