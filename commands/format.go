package commands

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/internal/templates"
)

// readTemplate reads --format: the name of a format, as for --output, or a template for the
// command's document.
func (t *terminal) readTemplate(c command, read *call) error {
	format := read.flags.String("format")
	if format == "" || slices.Contains(c.kinds, format) {
		return nil
	}
	if slices.Contains(c.formats, format) {
		read.format = format
		return nil
	}
	document := c.document
	for flag, other := range c.documentWith {
		if read.flags.Bool(flag) {
			document = other
		}
	}
	if document == nil {
		return insteadf("--format %s: %s prints %s", quoted(format), c.name, strings.Join(c.formats, ", "))
	}
	template, err := templates.Parse(format, document)
	if err != nil && len(c.kinds) > 0 {
		return insteadf("--format %s: it is none of %s, and %v", quoted(format), strings.Join(c.kinds, ", "), err)
	}
	if err != nil {
		return insteadf("--format %s: %v", quoted(format), err)
	}
	t.template, read.format = template, "json"
	return nil
}

// printTemplate prints the result with the template.
func (t *terminal) printTemplate(document any) error {
	text, err := t.template.Print(document)
	if err != nil {
		return fmt.Errorf("--format: %w", err)
	}
	if _, err := io.WriteString(t.Stdout, text); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// Documents are an empty one of the documents that each command prints as JSON, by the
// command's name.
func Documents() map[string]any {
	t := &terminal{documents: map[string]any{}}
	newApp(t)
	return t.documents
}

// hasDocument takes note of what a command prints.
func (t *terminal) hasDocument(c command) {
	if t.documents != nil && c.document != nil {
		t.documents[c.name] = c.document
	}
}
