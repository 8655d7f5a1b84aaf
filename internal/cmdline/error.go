package cmdline

import "fmt"

// An Error reports what is wrong with a command line.
type Error struct {
	// Command is the command of the line; empty if unknown.
	Command string
	// Text is the problem.
	Text string
	// Suggests reports that Text includes a correction.
	Suggests bool
}

func (e *Error) Error() string { return e.Text }

func errorf(command, format string, a ...any) error {
	return &Error{Command: command, Text: fmt.Sprintf(format, a...)}
}
