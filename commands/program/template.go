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
	if format == "" || slices.Contains(c.PackageFormats, format) {
		return nil
	}
	if slices.Contains(c.Outputs, format) {
		read.Output = format
		return nil
	}
	document := c.Document
	for flag, other := range c.DocumentWith {
		if read.Flags.Bool(flag) {
			document = other
		}
	}
	if document == nil {
		return usage.Insteadf("--format %s: %s supports %s", flags.Quoted(format), c.Name, strings.Join(c.Outputs, ", "))
	}
	template, err := templates.Parse(format, document)
	if err != nil && len(c.PackageFormats) > 0 && !strings.Contains(format, "{{") {
		return usage.Insteadf("--format %s: it is not one of %s, and %v", flags.Quoted(format), strings.Join(c.PackageFormats, ", "), err)
	}
	if err != nil {
		return usage.Insteadf("--format %s: %v", flags.Quoted(format), err)
	}
	t.Template, read.Output = template, "json"
	return nil
}

// hasDocument records the document that a command prints.
func hasDocument(t *terminal.Terminal, c Command) {
	if t.Documents != nil && c.Document != nil {
		t.Documents[c.Name] = c.Document
	}
}
