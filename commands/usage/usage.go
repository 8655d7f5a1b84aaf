// Package usage has the errors of wrong command lines.
package usage

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"
)

// FromLibrary turns the library's complaints into usage errors.
func FromLibrary(_ *cli.Context, err error, _ bool) error {
	var usage *Error
	if errors.As(err, &usage) {
		return err
	}
	return Errorf("%v", err)
}

// A Error is a command line that makes no sense.
type Error struct {
	Text string
	// command is the command that was called, if that is known.
	Command string
	// complete tells that the text says what to write instead, so that the help of the
	// command adds nothing.
	Complete bool
}

func (e *Error) Error() string { return e.Text }

// Errorf returns a usage error for which the help of the command is of use.
func Errorf(format string, a ...any) error { return &Error{Text: fmt.Sprintf(format, a...)} }

// Insteadf returns a usage error that says what to write instead.
func Insteadf(format string, a ...any) error {
	return &Error{Text: fmt.Sprintf(format, a...), Complete: true}
}

// OfCommand says of a usage error which command it is about.
func OfCommand(name string, err error) error {
	var usage *Error
	if !errors.As(err, &usage) || usage.Command != "" {
		return err
	}
	named := *usage
	named.Command = name
	return &named
}
