// Package terminal prints the output of commands: results to stdout, everything else to stderr.
package terminal

import (
	"fmt"
	"io"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/printable"
	"github.com/ocompose/ocompose/internal/progress"
	"github.com/ocompose/ocompose/internal/templates"
)

// printTemplate prints the result with the template.
func (t *Terminal) printTemplate(document any) error {
	text, err := t.Template.Print(document)
	if err != nil {
		return fmt.Errorf("--format: %w", err)
	}
	if _, err := io.WriteString(t.Stdout, text); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// A Terminal prints the output of a command.
type Terminal struct {
	Process
	Documents map[string]any // collects the documents of commands, if not nil
	Command   string         // the name of the command that runs
	Quiet     bool
	Template  *templates.Template // prints documents instead of JSON, or nil
	Logins    authn.Keychain      // the logins to registries; nil for the default ones
	Progress  *progress.Reporter  // nil if progress is not shown
	// Documented is set if stderr is JSON documents, one per line.
	Documented bool
}

// ShowProgress starts to show the command's progress.
func (t *Terminal) ShowProgress(mode progress.Mode) {
	t.Documented = mode == progress.JSON
	if t.Quiet {
		return
	}
	t.Progress = progress.New(t.Stderr, progress.Options{Mode: mode, Terminal: console.CanRedraw(t.Stderr, t.Getenv)})
}

// EndProgress stops showing progress, before the result is printed.
func (t *Terminal) EndProgress() {
	if t.Progress != nil {
		t.Progress.Close()
		t.Progress = nil
	}
}

// Note prints a note to stderr, unless --quiet is set.
func (t *Terminal) Note(format string, a ...any) {
	text := printable.Message(fmt.Sprintf(format, a...))
	t.say("note", text, text)
}

// Warn prints warnings to stderr, unless --quiet is set.
func (t *Terminal) Warn(warnings ...string) {
	for _, w := range warnings {
		text := printable.Message(w)
		t.say("warning", text, t.MessageStyle().Notable("warning:")+" "+text)
	}
}

// say prints a message of a kind to stderr, unless --quiet is set; line is its form for
// people.
func (t *Terminal) say(kind, text, line string) {
	switch {
	case t.Quiet:
	case t.Progress != nil && kind == "warning":
		t.Progress.Warn(text, line)
	case t.Progress != nil:
		t.Progress.Note(text)
	case t.Documented:
		progress.WriteLine(t.Stderr, time.Now(), progress.Line{Event: kind, Text: text})
	default:
		fmt.Fprintln(t.Stderr, line)
	}
}

// Width returns the width of the terminal for the result; 0 if stdout is not a terminal.
func (t *Terminal) Width() int { return console.Width(t.Stdout, t.Getenv) }

// Style returns the colors of the result.
func (t *Terminal) Style() console.Style {
	return console.NewStyle(console.IsTerminal(t.Stdout), t.Getenv)
}

// MessageStyle returns the colors of messages on stderr.
func (t *Terminal) MessageStyle() console.Style {
	return console.NewStyle(console.IsTerminal(t.Stderr), t.Getenv)
}

// Print writes lines of the result, and escapes unsafe characters in them.
func (t *Terminal) Print(lines ...string) error {
	safe := make([]string, len(lines))
	for i, line := range lines {
		safe[i] = printable.Line(line)
	}
	return t.PrintText(safe...)
}

// PrintText writes texts of the result that are safe for a terminal, which may contain
// colors and line breaks.
func (t *Terminal) PrintText(texts ...string) error {
	t.EndProgress()
	for _, text := range texts {
		if _, err := io.WriteString(t.Stdout, text+"\n"); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	return nil
}

// PrintContent writes a file that is the result, unchanged.
func (t *Terminal) PrintContent(content []byte) error {
	t.EndProgress()
	if _, err := t.Stdout.Write(content); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// PrintJSON writes the result as one JSON document, or with the template of --format.
func (t *Terminal) PrintJSON(document any) error {
	t.EndProgress()
	if t.Template != nil {
		return t.printTemplate(document)
	}
	if err := console.WriteJSON(t.Stdout, document); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
