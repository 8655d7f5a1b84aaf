// Package printable makes text that others wrote safe to print: registries, packages,
// credential helpers, and whoever named a file. All output of the program goes through it.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLine is how many bytes a line of a message may have.
const maxLine = 4 << 10

// Line returns text as one line that a terminal shows, and does nothing else with: line ends,
// escape sequences and characters that turn the direction of writing are spelled out.
func Line(text string) string {
	if strings.IndexFunc(text, IsUnsafe) < 0 && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case IsUnsafe(r) && r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case IsUnsafe(r) && r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		case IsUnsafe(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Message is [Line] of a text for people, of at most about 4 KiB: what is left out is in the
// middle, as causes are at the end.
func Message(text string) string {
	if len(text) <= maxLine {
		return Line(text)
	}
	begin, end := text[:maxLine/2], text[len(text)-maxLine/2:]
	return fmt.Sprintf("%s … (%d bytes left out) … %s", Line(strings.ToValidUTF8(begin, "")), len(text)-maxLine, Line(strings.ToValidUTF8(end, "")))
}

// IsUnsafe tells whether a character does something other than to be seen.
func IsUnsafe(r rune) bool { return !unicode.IsPrint(r) }
