package compose

import (
	"errors"
	"strconv"
	"strings"
)

// An Error is a problem of one place of a project. Several of them come joined, as
// from errors.Join; [Errors] takes them apart.
type Error struct {
	// Position is where the problem is, as far as it is known.
	Position Position
	// Service is the service, job or model that has the problem, or empty.
	Service string
	// Problem is one of the Problem constants, for hints; or empty.
	Problem Problem
	// Subject is what the problem is about: a variable, a file, an option's value.
	Subject string
	// Reason is the problem in words, without the position.
	Reason string
	// Err is the cause, if there is one that says more.
	Err error
}

// A Problem classifies an [Error], so that a command can say what to try.
type Problem string

const (
	// ProblemSyntax is a file that is no YAML or no valid Compose file.
	ProblemSyntax Problem = "syntax"
	// ProblemVariable is a variable without a value in a place that needs one.
	ProblemVariable Problem = "variable"
	// ProblemEnvFile is a required env_file that is not carried: WithEnv would.
	ProblemEnvFile Problem = "env-file"
	// ProblemFile is a file that is needed and can't be carried.
	ProblemFile Problem = "file"
	// ProblemSecret is a value that looks like a secret: AllowSecrets would take it.
	ProblemSecret Problem = "secret"
	// ProblemImage is an image option for a service that does not exist.
	ProblemImage Problem = "image"
	// ProblemNoProject is that there is no Compose file.
	ProblemNoProject Problem = "no-project"
)

// Error says where and what: "compose.yaml:12: service web: …".
func (e *Error) Error() string {
	var b strings.Builder
	if at := e.Position.String(); at != "" {
		b.WriteString(at + ": ")
	}
	if e.Service != "" {
		b.WriteString("service " + e.Service + ": ")
	}
	b.WriteString(e.Reason)
	if e.Err != nil {
		if e.Reason != "" {
			b.WriteString(": ")
		}
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// String is "FILE:LINE", or as much of it as is known.
func (p Position) String() string {
	if p.File == "" || p.Line <= 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line)
}

// Errors returns every [Error] in err's tree, in order.
func Errors(err error) []*Error {
	switch e := err.(type) {
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
