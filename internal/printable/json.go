package printable

import (
	"bytes"
	"fmt"
	"unicode/utf16"
)

// JSON returns an equivalent JSON document in which characters that affect a terminal are
// escaped.
func JSON(document []byte) []byte {
	// Lower characters are already escaped in strings, and are valid outside of them.
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
