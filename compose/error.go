package compose

import (
	"errors"

	"github.com/ocompose/ocompose/compose/internal/problem"
)

// An Error is a problem in one place of a project. Several are joined, as by [errors.Join];
// [Errors] returns them separately.
type Error struct {
	// Position is where the problem is, as far as known.
	Position Position
	// Service is the service, job or model that has the problem, or empty.
	Service string
	// Problem is one of the Problem constants, for hints, or empty.
	Problem Problem
	// Subject is what the problem is about: a variable, a file, an option's value.
	Subject string
	// Reason is the problem in words, without the position.
	Reason string
	// Err is the underlying error, or nil.
	Err error
}

// A Problem classifies an [Error], so that a command can suggest a solution.
type Problem string

const (
	// ProblemSyntax is a file that is not YAML or not a valid Compose file.
	ProblemSyntax Problem = "syntax"
	// ProblemVariable is a variable without a value in a place that needs one.
	ProblemVariable Problem = "variable"
	// ProblemEnvFile is a required env_file that is not packaged: set [Options.WithEnv].
	ProblemEnvFile Problem = "env-file"
	// ProblemFile is a required file that can't be packaged.
	ProblemFile Problem = "file"
	// ProblemMount is a mounted file or folder that can't be packaged: [Options.Exclude] leaves it
	// to the host.
	ProblemMount Problem = "mount"
	// ProblemSecret is a value that looks like a secret: [Options.AllowSecrets] accepts it.
	ProblemSecret Problem = "secret"
	// ProblemToken is a private key or a token of a known service, which only
	// [Options.AllowSecret] accepts.
	ProblemToken Problem = "token"
	// ProblemImage is an image option for a service that does not exist.
	ProblemImage Problem = "image"
	// ProblemNoProject means that there is no Compose file.
	ProblemNoProject Problem = "no-project"
)

// Error returns the position and the problem: "compose.yaml:12: service web: …".
func (e *Error) Error() string {
	return (&problem.Error{Position: problem.Position(e.Position), Service: e.Service, Reason: e.Reason, Err: e.Err}).Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// A Position is a place in a file.
type Position struct {
	// File is relative to the project directory.
	File string
	// Line starts at 1; 0 if unknown.
	Line int
}

// String returns "FILE:LINE", or only the known part.
func (p Position) String() string { return problem.Position(p).String() }

// Errors returns every [Error] in err's tree, in order.
func Errors(err error) []*Error {
	switch e := err.(type) { //nolint:errorlint // the tree of errors is walked node by node
	case nil:
		return nil
	case *Error:
		return []*Error{e}
	case interface{ Unwrap() []error }:
		var all []*Error
		for _, err := range e.Unwrap() {
			all = append(all, Errors(err)...)
		}
		return all
	}
	return Errors(errors.Unwrap(err))
}

// public converts an error of the internal packages: it has an [Error] for each of theirs,
// and the same text.
func public(err error) error {
	if len(problem.All(err)) == 0 {
		return err
	}
	var causes []error
	switch e := err.(type) { //nolint:errorlint // the tree of errors is walked node by node
	case *problem.Error:
		return &Error{Position: Position(e.Position), Service: e.Service, Problem: Problem(e.Kind), Subject: e.Subject, Reason: e.Reason, Err: public(e.Err)}
	case interface{ Unwrap() []error }:
		causes = e.Unwrap()
	default:
		causes = []error{errors.Unwrap(err)}
	}
	c := &converted{text: err.Error()}
	for _, cause := range causes {
		c.causes = append(c.causes, public(cause))
	}
	return c
}

// A converted error has the text of the error that it replaces.
type converted struct {
	text   string
	causes []error
}

func (c *converted) Error() string   { return c.text }
func (c *converted) Unwrap() []error { return c.causes }
