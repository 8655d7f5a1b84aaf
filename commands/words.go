package commands

import (
	"fmt"
	"io"
)

// readUpTo reads all that there is, and fails where that is more than limit bytes.
func readUpTo(r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("it is longer than %d bytes", limit)
	}
	return raw, err
}

// count is a number of things: "1 tag", "2 tags".
func count(n int, thing string) string { return fmt.Sprintf("%d %s%s", n, thing, choose(n, "", "s")) }

// choose is the form of a word for one thing, or for any other number.
func choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// orDash is a text, or a dash in its place.
func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
