// Package failure reports why a command failed, with a hint, and determines the exit status.
package failure

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/printable"
	"github.com/ocompose/ocompose/internal/progress"
)

// A TroubleError is a failure of a command that uses status 1 as a result.
type TroubleError struct{ Err error }

func (e *TroubleError) Error() string { return e.Err.Error() }

func (e *TroubleError) Unwrap() error { return e.Err }

// Report prints why the command failed and returns the exit status.
func Report(ctx context.Context, t *terminal.Terminal, err error) int {
	t.EndProgress()
	if ctx.Err() != nil {
		printFailure(t, ExitInterrupted, []string{"interrupted"}, "")
		return ExitInterrupted
	}
	var ended *EndedError
	if errors.As(err, &ended) {
		return ended.Status // the other program has printed the reason
	}
	exit, hint := ExitFailed, ""
	for _, f := range failures() {
		if f.is(err) {
			exit, hint = f.exit, f.hint(ctx, t, err)
			break
		}
	}
	if exit == ExitFailed && is[*TroubleError](err) {
		exit = ExitUsage
	}
	printFailure(t, exit, printable.Error(err), hint)
	return exit
}

// printFailure prints the error, and the hint if there is one.
func printFailure(t *terminal.Terminal, exit int, lines []string, hint string) {
	if hint = printable.Message(hint); t.Documented {
		progress.WriteLine(t.Stderr, time.Now(), progress.Line{Event: "error", Text: strings.Join(lines, "\n"), Try: hint, Status: exit})
		return
	}
	for _, line := range lines {
		fmt.Fprintf(t.Stderr, "%s %s\n", t.MessageStyle().Bad("ocompose:"), line)
	}
	if hint != "" {
		fmt.Fprintf(t.Stderr, "  try: %s\n", hint)
	}
}

// An EndedError reports that the program that took over failed.
type EndedError struct{ Status int }

func (e *EndedError) Error() string { return fmt.Sprintf("exit status %d", e.Status) }
