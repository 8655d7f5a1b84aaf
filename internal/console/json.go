package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// WriteJSON writes a document as indented JSON. Characters that a terminal would obey, or
// that can't be seen, are escaped in JSON's way, so that who reads the document gets what
// was there.
func WriteJSON(w io.Writer, document any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		return err
	}
	_, err := w.Write(escapeJSON(b.Bytes()))
	return err
}

// escapeJSON escapes unsafe characters of JSON text, which are in strings only but for the
// line ends between values.
func escapeJSON(text []byte) []byte {
	safe := true
	for _, r := range string(text) {
		safe = safe && (r == '\n' || !IsUnsafe(r))
	}
	if safe {
		return text
	}
	var b bytes.Buffer
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\n' || !IsUnsafe(r):
			b.Write(text[:size])
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
		text = text[size:]
	}
	return b.Bytes()
}
