// Package terminal is where a command prints: results on stdout, everything else on stderr.
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

// A Terminal is where a command prints.
type Terminal struct {
	Process
	Documents map[string]any // what commands print, where that is asked for
	Command   string         // the name of the command that runs
	Quiet     bool
	Template  *templates.Template // what documents are printed with in place of JSON, or nil
	Logins    authn.Keychain      // those that registries are asked with; nil for the default ones
	Progress  *progress.Reporter  // nil where none is shown
	// documented tells that what goes to stderr is documents, a line each.
	Documented bool
}

// ShowProgress begins to show how far the command is.
func (t *Terminal) ShowProgress(mode progress.Mode) {
	t.Documented = mode == progress.JSON
	if t.Quiet {
		return
	}
	t.Progress = progress.New(t.Stderr, progress.Options{Mode: mode, Terminal: console.CanRedraw(t.Stderr, t.Getenv)})
}

// EndProgress ends what showProgress began, before the result is printed.
func (t *Terminal) EndProgress() {
	if t.Progress != nil {
		t.Progress.Close()
		t.Progress = nil
	}
}

// Note tells the user something on stderr, unless they asked for quiet.
func (t *Terminal) Note(format string, a ...any) {
	text := printable.Message(fmt.Sprintf(format, a...))
	t.say("note", text, text)
}

// Warn tells the user of something that they may not want.
func (t *Terminal) Warn(warnings ...string) {
	for _, w := range warnings {
		text := printable.Message(w)
		t.say("warning", text, t.MessageStyle().Notable("warning:")+" "+text)
	}
}

// say tells something of a kind on stderr, unless the user asked for quiet; line is how people
// see it.
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

// Width is that of the terminal that the result goes to; 0 where that is no terminal.
func (t *Terminal) Width() int { return console.Width(t.Stdout, t.Getenv) }

// Style is how the result is colored.
func (t *Terminal) Style() console.Style {
	return console.NewStyle(console.IsTerminal(t.Stdout), t.Getenv)
}

// MessageStyle is how what goes to stderr is colored.
func (t *Terminal) MessageStyle() console.Style {
	return console.NewStyle(console.IsTerminal(t.Stderr), t.Getenv)
}

// Print writes lines of the result, which may have anything in them.
func (t *Terminal) Print(lines ...string) error {
	safe := make([]string, len(lines))
	for i, line := range lines {
		safe[i] = printable.Line(line)
	}
	return t.PrintText(safe...)
}

// PrintText writes texts of the result that are safe for a terminal, which may have colors
// and line ends.
func (t *Terminal) PrintText(texts ...string) error {
	t.EndProgress()
	for _, text := range texts {
		if _, err := io.WriteString(t.Stdout, text+"\n"); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	return nil
}

// PrintJSON writes the result as one JSON document, or with the template that was asked for.
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
