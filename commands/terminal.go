package commands

import (
	"encoding/json"
	"fmt"
	"io"
)

// A terminal is where a command prints.
type terminal struct {
	Process
	quiet bool
}

// note tells the user something on stderr, unless they asked for quiet.
func (t *terminal) note(format string, a ...any) {
	if !t.quiet {
		fmt.Fprintf(t.Stderr, format+"\n", a...)
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
	for _, line := range lines {
		if _, err := io.WriteString(t.Stdout, line+"\n"); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	return nil
}

// printJSON writes the result as one JSON document.
func (t *terminal) printJSON(document any) error {
	e := json.NewEncoder(t.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
