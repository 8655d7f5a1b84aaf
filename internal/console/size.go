package console

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"
)

// usualWidth is the default width of a terminal.
const usualWidth = 80

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// CanRedraw reports whether a stream is a terminal with a known size, on which lines can be
// redrawn.
func CanRedraw(stream any, getenv func(string) string) bool {
	if !IsTerminal(stream) || getenv("TERM") == "dumb" {
		return false
	}
	width, height, err := term.GetSize(int(stream.(*os.File).Fd()))
	return err == nil && width > 0 && height > 0
}

// Width returns the width of a terminal in characters, from COLUMNS or the terminal; 0 if it
// is not a terminal.
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
