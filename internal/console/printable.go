package console

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is how many characters of one text people get to see.
const maxText = 2000

// Printable returns text, which may come from a registry or a file, in a form that a
// terminal shows and does nothing else with: line ends, escape sequences, characters that
// turn the direction of writing and those that can't be seen are spelled out, and a text of
// thousands of characters is cut. What it returns it would return again.
func Printable(text string) string {
	if strings.IndexFunc(text, IsUnsafe) >= 0 || !utf8.ValidString(text) {
		text = spellOut(text)
	}
	return cut(text)
}

func spellOut(text string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case !IsUnsafe(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// cut shortens a text that nobody reads to its end.
func cut(text string) string {
	if len(text) <= maxText || utf8.RuneCountInString(text) <= maxText {
		return text
	}
	runes := []rune(text)
	return string(runes[:maxText-1]) + "…"
}

// IsUnsafe tells whether a character does something other than to be seen.
func IsUnsafe(r rune) bool { return !unicode.IsPrint(r) }
