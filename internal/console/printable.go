package console

import (
	"unicode/utf8"

	"github.com/ocompose/ocompose/internal/printable"
)

// maxText is the maximum number of characters of a text.
const maxText = 2000

// Printable returns text, which may come from a registry or a file, in a form that is safe for a
// terminal: line ends, escape sequences, characters that change the writing direction and
// invisible characters are escaped, and a text of thousands of characters is truncated. It is
// idempotent.
func Printable(text string) string { return cut(printable.Line(text)) }

// cut shortens a very long text.
func cut(text string) string {
	if len(text) <= maxText || utf8.RuneCountInString(text) <= maxText {
		return text
	}
	runes := []rune(text)
	return string(runes[:maxText-1]) + "…"
}
