package cmdline

import "fmt"

// An Error tells what is wrong with a command line.
type Error struct {
	// Command is the command that the line is for; empty where that is not known.
	Command string
	// Text says what is wrong.
	Text string
	// Suggests tells that Text says what to write instead.
	Suggests bool
}

func (e *Error) Error() string { return e.Text }

func errorf(command, format string, a ...any) error {
	return &Error{Command: command, Text: fmt.Sprintf(format, a...)}
}
