package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/ocompose/ocompose/internal/printable"
	"github.com/ocompose/ocompose/internal/progress"
)

// A terminal is where a command prints.
type terminal struct {
	Process
	quiet    bool
	progress *progress.Reporter // nil where none is shown
}

// showProgress begins to show how far the command is.
func (t *terminal) showProgress() {
	if t.quiet {
		return
	}
	file, ok := t.Stderr.(*os.File)
	t.progress = progress.New(t.Stderr, ok && term.IsTerminal(int(file.Fd())))
}

// endProgress ends what showProgress began, before the result is printed.
func (t *terminal) endProgress() {
	if t.progress != nil {
		t.progress.Close()
		t.progress = nil
	}
}

// note tells the user something on stderr, unless they asked for quiet.
func (t *terminal) note(format string, a ...any) {
	line := printable.Message(fmt.Sprintf(format, a...))
	switch {
	case t.quiet:
	case t.progress != nil:
		t.progress.Note(line)
	default:
		fmt.Fprintln(t.Stderr, line)
	}
}

// warn tells the user of something that they may not want.
func (t *terminal) warn(warnings ...string) {
	for _, w := range warnings {
		t.note("warning: %s", w)
	}
}

// print writes lines of the result.
func (t *terminal) print(lines ...string) error {
	t.endProgress()
	for _, line := range lines {
		if _, err := io.WriteString(t.Stdout, printable.Line(line)+"\n"); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	return nil
}

// printJSON writes the result as one JSON document.
func (t *terminal) printJSON(document any) error {
	t.endProgress()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(document)
	if err == nil {
		_, err = t.Stdout.Write(printable.JSON(b.Bytes()))
	}
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
