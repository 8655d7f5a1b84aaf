package commands

import (
	"fmt"
	"io"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/progress"
	"github.com/ocompose/ocompose/internal/templates"
)

// A terminal is where a command prints.
type terminal struct {
	Process
	documents map[string]any // what commands print, where that is asked for
	command   string         // the name of the command that runs
	quiet     bool
	template  *templates.Template // what documents are printed with in place of JSON, or nil
	logins    authn.Keychain      // those that registries are asked with; nil for the default ones
	progress  *progress.Reporter  // nil where none is shown
	// documented tells that what goes to stderr is documents, a line each.
	documented bool
}

// showProgress begins to show how far the command is.
func (t *terminal) showProgress(mode progress.Mode) {
	t.documented = mode == progress.JSON
	if t.quiet {
		return
	}
	t.progress = progress.New(t.Stderr, progress.Options{Mode: mode, Terminal: console.CanRedraw(t.Stderr, t.getenv)})
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
	text := printable(fmt.Sprintf(format, a...))
	t.say("note", text, text)
}

// warn tells the user of something that they may not want.
func (t *terminal) warn(warnings ...string) {
	for _, w := range warnings {
		text := printable(w)
		t.say("warning", text, t.messageStyle().Notable("warning:")+" "+text)
	}
}

// say tells something of a kind on stderr, unless the user asked for quiet; line is how people
// see it.
func (t *terminal) say(kind, text, line string) {
	switch {
	case t.quiet:
	case t.progress != nil && kind == "warning":
		t.progress.Warn(text, line)
	case t.progress != nil:
		t.progress.Note(text)
	case t.documented:
		progress.WriteLine(t.Stderr, time.Now(), progress.Line{Event: kind, Text: text})
	default:
		fmt.Fprintln(t.Stderr, line)
	}
}

// width is that of the terminal that the result goes to; 0 where that is no terminal.
func (t *terminal) width() int { return console.Width(t.Stdout, t.getenv) }

// style is how the result is colored.
func (t *terminal) style() console.Style {
	return console.NewStyle(console.IsTerminal(t.Stdout), t.getenv)
}

// messageStyle is how what goes to stderr is colored.
func (t *terminal) messageStyle() console.Style {
	return console.NewStyle(console.IsTerminal(t.Stderr), t.getenv)
}

// print writes lines of the result.
func (t *terminal) print(lines ...string) error {
	t.endProgress()
	for _, line := range lines {
		if _, err := io.WriteString(t.Stdout, line+"\n"); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	return nil
}

// printJSON writes the result as one JSON document, or with the template that was asked for.
func (t *terminal) printJSON(document any) error {
	t.endProgress()
	if t.template != nil {
		return t.printTemplate(document)
	}
	if err := console.WriteJSON(t.Stdout, document); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
