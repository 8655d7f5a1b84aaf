// Package printable makes untrusted text safe to print: from registries, packages,
// credential helpers and file names. All output of the program goes through it.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLine is the maximum length of a line of a message in bytes.
const maxLine = 4 << 10

// Line returns text as one line that is safe for a terminal: line ends, escape sequences
// and characters that change the text direction are escaped.
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

// Message is [Line] for messages, limited to about 4 KiB: longer text is shortened in the
// middle, because causes are at the end.
func Message(text string) string {
	if len(text) <= maxLine {
		return Line(text)
	}
	begin, end := text[:maxLine/2], text[len(text)-maxLine/2:]
	return fmt.Sprintf("%s … (%d bytes omitted) … %s", Line(strings.ToValidUTF8(begin, "")), len(text)-maxLine, Line(strings.ToValidUTF8(end, "")))
}

// IsUnsafe reports whether a character is not printable.
func IsUnsafe(r rune) bool { return !unicode.IsPrint(r) }
