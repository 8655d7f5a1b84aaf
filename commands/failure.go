package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ocompose/ocompose/internal/printable"
	"github.com/ocompose/ocompose/internal/progress"
)

// Exit statuses.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitNotFound     = 3
	exitIncomplete   = 4
	exitUnauthorized = 5
	exitUnsigned     = 6
	exitInterrupted  = 130
)

// exitStatuses are the exit statuses with what they mean.
func exitStatuses() []struct {
	status  int
	meaning string
} {
	return []struct {
		status  int
		meaning string
	}{
		{exitDone, "done"}, {exitFailed, "failed"}, {exitUsage, "wrong usage"}, {exitNotFound, "not found"},
		{exitIncomplete, "incomplete"}, {exitUnauthorized, "not authorized"}, {exitUnsigned, "not signed"}, {exitInterrupted, "interrupted"},
	}
}

// fail tells the user why the command failed and returns the exit status.
func (t *terminal) fail(ctx context.Context, err error) int {
	t.endProgress()
	if ctx.Err() != nil {
		t.printFailure(exitInterrupted, []string{"interrupted"}, "")
		return exitInterrupted
	}
	var ended *endedError
	if errors.As(err, &ended) {
		return ended.status // the other program said why
	}
	exit, hint := exitFailed, ""
	for _, f := range failures() {
		if f.is(err) {
			exit, hint = f.exit, f.hint(t, err)
			break
		}
	}
	if exit == exitFailed && is[*troubleError](err) {
		exit = exitUsage
	}
	t.printFailure(exit, printable.Error(err), hint)
	return exit
}

// printFailure tells the user what is wrong, and what to try if something is known to help.
func (t *terminal) printFailure(exit int, lines []string, hint string) {
	if hint = printable.Message(hint); t.documented {
		progress.WriteLine(t.Stderr, time.Now(), progress.Line{Event: "error", Text: strings.Join(lines, "\n"), Try: hint, Status: exit})
		return
	}
	for _, line := range lines {
		fmt.Fprintf(t.Stderr, "%s %s\n", t.messageStyle().Bad("ocompose:"), line)
	}
	if hint != "" {
		fmt.Fprintf(t.Stderr, "  try: %s\n", hint)
	}
}
