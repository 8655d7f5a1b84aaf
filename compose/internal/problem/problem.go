// Package problem has the errors of the packages below compose: what is wrong, and where.
// The compose package converts them to its own type.
package problem

import (
	"errors"
	"strconv"
	"strings"
)

// A Position is a line of a file.
type Position struct {
	// File is relative to the project directory.
	File string
	// Line starts at 1; 0 if unknown.
	Line int
}

// String returns "FILE:LINE", or only the known part.
func (p Position) String() string {
	if p.File == "" || p.Line <= 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line)
}

// A Kind classifies an error.
type Kind string

// The kinds of errors.
const (
	Syntax    Kind = "syntax"
	Variable  Kind = "variable"
	EnvFile   Kind = "env-file"
	File      Kind = "file"
	Mount     Kind = "mount"
	Secret    Kind = "secret"
	Token     Kind = "token"
	Image     Kind = "image"
	NoProject Kind = "no-project"
)

// An Error is a problem in one place of a project.
type Error struct {
	// Position is where the problem is, as far as known.
	Position Position
	// Service is the service, job or model that has the problem, or empty.
	Service string
	// Kind classifies the problem, or is empty.
	Kind Kind
	// Subject is what the problem is about: a variable, a file, an option's value.
	Subject string
	// Reason is the problem in words, without the position.
	Reason string
	// Err is the underlying error, or nil.
	Err error
}

// Error returns the position and the problem: "compose.yaml:12: service web: …".
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

// All returns every [Error] in err's tree, in order.
func All(err error) []*Error {
	switch e := err.(type) { //nolint:errorlint // the tree of errors is walked node by node
	case nil:
		return nil
	case *Error:
		return []*Error{e}
	case interface{ Unwrap() []error }:
		var all []*Error
		for _, err := range e.Unwrap() {
			all = append(all, All(err)...)
		}
		return all
	}
	return All(errors.Unwrap(err))
}

// LeavesFolder returns the error for a path in a composition that points outside its
// folder. what describes the reference: "include".
func LeavesFolder(path, what string) *Error {
	return &Error{Kind: File, Subject: path, Reason: what + ": " + strconv.Quote(path) + " leaves the folder of the composition"}
}
