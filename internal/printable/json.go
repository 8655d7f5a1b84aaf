package printable

import (
	"bytes"
	"fmt"
	"unicode/utf16"
)

// JSON returns a JSON document in which characters that do something to a terminal are
// escaped. It stands for the same value.
func JSON(document []byte) []byte {
	// What is below is escaped in strings, and of use outside of them.
	const last = 0x7e
	special := func(r rune) bool { return r > last && IsUnsafe(r) }
	if bytes.IndexFunc(document, special) < 0 {
		return document
	}
	var b bytes.Buffer
	for _, r := range string(document) {
		switch {
		case !special(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}
