package terminal

import (
	"fmt"
	"io"
)

// ReadUpTo reads all that there is, and fails where that is more than limit bytes.
func ReadUpTo(r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("it is longer than %d bytes", limit)
	}
	return raw, err
}

// Count is a number of things: "1 tag", "2 tags".
func Count(n int, thing string) string { return fmt.Sprintf("%d %s%s", n, thing, Choose(n, "", "s")) }

// Choose is the form of a word for one thing, or for any other number.
func Choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// OrDash is a text, or a dash in its place.
func OrDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
