// Package secret finds secrets in files to package. There are two signs of a secret: a
// literal value under a name like PASSWORD or API_KEY, and the form of a value. Findings
// never contain the value.
//
// The [Certainty] of a [Finding] decides whether it is an error. All files are judged
// by the same rules, in every layer. In the documents of a Compose file the structure determines
// the values; in all other text a line like NAME=value or name: value does. Comments are
// not values, but tokens of a known form are found in them, too.
package secret

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/problem"
)

// A Certainty is how sure it is that a finding is a secret.
type Certainty int

const (
	// Demo is a value under the name of a secret that is easy to guess: the name of the service
	// or user, a word like "example", a well-known default. Packaging it causes a warning.
	Demo Certainty = iota
	// Likely is any other literal value under the name of a secret, the password of a URL, or
	// long random text. It is not packaged unless secrets are allowed.
	Likely
	// Known is a private key, or a token in the form of a known service. It is not packaged
	// unless its name or its file is allowed.
	Known
)

// A Finding is a value that looks like a secret.
type Finding struct {
	At problem.Position
	// Service is the service that has it, or empty.
	Service string
	// Name is the variable, setting or key that has the value; empty in running text.
	Name string
	// Reason describes the finding without the value.
	Reason string
	Certainty
}

// Allowed are the secrets that the user allows.
type Allowed struct {
	// All allows all findings except [Known] ones.
	All bool
	// Names are names of variables and paths of files, as findings have them.
	Names []string
}

// Judge returns an error for each finding that is not allowed, and warnings about values
// that are easy to guess and about names in a that match nothing.
func (a Allowed) Judge(findings []Finding) (errs []error, warnings []string) {
	used := map[string]bool{}
	var demo []string
	for _, f := range findings {
		named := false
		for _, name := range a.Names {
			if f.named(name) {
				named, used[name] = true, true
			}
		}
		switch {
		case named || a.All && f.Certainty < Known:
		case f.Certainty == Demo:
			if what := cmp.Or(f.Name, f.At.String()); !slices.Contains(demo, what) {
				demo = append(demo, what)
			}
		default:
			kind := problem.Secret
			if f.Certainty == Known {
				kind = problem.Token
			}
			errs = append(errs, &problem.Error{Kind: kind, Position: f.At, Service: f.Service, Subject: cmp.Or(f.Name, f.At.File), Reason: f.Reason})
		}
	}
	if len(demo) > 0 {
		warnings = append(warnings, "values that are easy to guess are packaged: "+strings.Join(demo, ", "))
	}
	for _, name := range a.Names {
		if !used[name] {
			warnings = append(warnings, "no secret was found for the allowed name: "+name)
		}
	}
	return errs, warnings
}

// named reports whether an allowed name is that of the finding, or its file.
func (f Finding) named(name string) bool {
	return name != "" && (name == f.Name || strings.TrimPrefix(name, "./") == f.At.File)
}
