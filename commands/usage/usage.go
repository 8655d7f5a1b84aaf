// Package usage has the errors of invalid command lines.
package usage

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"
)

// FromLibrary converts the library's errors to usage errors.
func FromLibrary(_ *cli.Context, err error, _ bool) error {
	var usage *Error
	if errors.As(err, &usage) {
		return err
	}
	return Errorf("%v", err)
}

// An Error reports an invalid command line.
type Error struct {
	Text string
	// Command is the command that was called, if known.
	Command string
	// Complete is set if the text tells the user what to write instead, so that a pointer to
	// the command's help is not needed.
	Complete bool
}

func (e *Error) Error() string { return e.Text }

// Errorf returns a usage error that points to the command's help.
func Errorf(format string, a ...any) error { return &Error{Text: fmt.Sprintf(format, a...)} }

// Insteadf returns a usage error whose text tells the user what to write instead.
func Insteadf(format string, a ...any) error {
	return &Error{Text: fmt.Sprintf(format, a...), Complete: true}
}

// OfCommand adds the command's name to a usage error.
func OfCommand(name string, err error) error {
	var usage *Error
	if !errors.As(err, &usage) || usage.Command != "" {
		return err
	}
	named := *usage
	named.Command = name
	return &named
}
