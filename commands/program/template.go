package program

import (
	"slices"
	"strings"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/templates"
)

// readTemplate reads --format: the name of a format, as for --output, or a template for the
// command's document.
func readTemplate(t *terminal.Terminal, c Command, read *Call) error {
	format := read.Flags.String("format")
	if format == "" || slices.Contains(c.Kinds, format) {
		return nil
	}
	if slices.Contains(c.Formats, format) {
		read.Format = format
		return nil
	}
	document := c.Document
	for flag, other := range c.DocumentWith {
		if read.Flags.Bool(flag) {
			document = other
		}
	}
	if document == nil {
		return usage.Insteadf("--format %s: %s prints %s", flags.Quoted(format), c.Name, strings.Join(c.Formats, ", "))
	}
	template, err := templates.Parse(format, document)
	if err != nil && len(c.Kinds) > 0 && !strings.Contains(format, "{{") {
		return usage.Insteadf("--format %s: it is none of %s, and %v", flags.Quoted(format), strings.Join(c.Kinds, ", "), err)
	}
	if err != nil {
		return usage.Insteadf("--format %s: %v", flags.Quoted(format), err)
	}
	t.Template, read.Format = template, "json"
	return nil
}

// hasDocument takes note of what a command prints.
func hasDocument(t *terminal.Terminal, c Command) {
	if t.Documents != nil && c.Document != nil {
		t.Documents[c.Name] = c.Document
	}
}
