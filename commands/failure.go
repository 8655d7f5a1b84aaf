package commands

import (
	"context"
	"fmt"
	"strings"
)

// Exit statuses.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitNotFound     = 3
	exitIncomplete   = 4
	exitUnauthorized = 5
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
		{exitIncomplete, "incomplete"}, {exitUnauthorized, "not authorized"}, {exitInterrupted, "interrupted"},
	}
}

// fail tells the user why the command failed and returns the exit status.
func (t *terminal) fail(ctx context.Context, err error) int {
	t.endProgress()
	if ctx.Err() != nil {
		fmt.Fprintln(t.Stderr, "ocompose: interrupted")
		return exitInterrupted
	}
	exit, hint := exitFailed, ""
	for _, f := range failures() {
		if f.is(err) {
			exit, hint = f.exit, f.hint(t, err)
			break
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(err.Error()), "\n") {
		fmt.Fprintf(t.Stderr, "%s %s\n", t.messageStyle().Bad("ocompose:"), printable(line))
	}
	if hint != "" {
		fmt.Fprintf(t.Stderr, "  try: %s\n", printable(hint))
	}
	return exit
}
