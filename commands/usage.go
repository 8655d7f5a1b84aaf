package commands

import (
	"errors"
	"fmt"
)

// A usageError is a command line that makes no sense.
type usageError struct {
	text string
	// command is the command that was called, if that is known.
	command string
	// complete tells that the text says what to write instead, so that the help of the
	// command adds nothing.
	complete bool
}

func (e *usageError) Error() string { return e.text }

// usagef returns a usage error for which the help of the command is of use.
func usagef(format string, a ...any) error { return &usageError{text: fmt.Sprintf(format, a...)} }

// insteadf returns a usage error that says what to write instead.
func insteadf(format string, a ...any) error {
	return &usageError{text: fmt.Sprintf(format, a...), complete: true}
}

// ofCommand says of a usage error which command it is about.
func ofCommand(name string, err error) error {
	var usage *usageError
	if !errors.As(err, &usage) || usage.command != "" {
		return err
	}
	named := *usage
	named.command = name
	return &named
}

// usageHint is what a user may try who wrote a command line that makes no sense.
func (t *terminal) usageHint(err error) string {
	var usage *usageError
	switch {
	case !errors.As(err, &usage) || usage.complete:
		return ""
	case usage.command == "":
		return t.program() + " --help lists the commands"
	default:
		return fmt.Sprintf("%s %s --help shows what it takes", t.program(), usage.command)
	}
}
