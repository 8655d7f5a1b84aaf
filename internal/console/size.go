package console

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"
)

// usualWidth is that of a terminal that does not say how wide it is.
const usualWidth = 80

// IsTerminal tells whether a stream is a terminal.
func IsTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// CanRedraw tells whether a stream is a terminal that lines can be drawn anew on: one that
// says how large it is.
func CanRedraw(stream any, getenv func(string) string) bool {
	if !IsTerminal(stream) || getenv("TERM") == "dumb" {
		return false
	}
	width, height, err := term.GetSize(int(stream.(*os.File).Fd()))
	return err == nil && width > 0 && height > 0
}

// Width is the width of a terminal in characters, as COLUMNS or the terminal says; 0 for what
// is no terminal.
func Width(w io.Writer, getenv func(string) string) int {
	if !IsTerminal(w) {
		return 0
	}
	if n, err := strconv.Atoi(getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if n, _, err := term.GetSize(int(w.(*os.File).Fd())); err == nil && n > 0 {
		return n
	}
	return usualWidth
}
