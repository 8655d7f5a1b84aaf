package terminal

import (
	"fmt"
	"io"
)

// ReadUpTo reads r to its end, and fails if it has more than limit bytes.
func ReadUpTo(r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("it is longer than %d bytes", limit)
	}
	return raw, err
}

// Count returns a number with a noun: "1 tag", "2 tags".
func Count(n int, thing string) string { return fmt.Sprintf("%d %s%s", n, thing, Choose(n, "", "s")) }

// Choose returns one if n is 1, or else many.
func Choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// OrDash returns a text, or a dash if it is empty.
func OrDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
