// Package variables replaces the variables in Compose files, as Docker Compose does, and
// parses their expressions.
package variables

import (
	"errors"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/template"

	"github.com/ocompose/ocompose/compose/internal/marks"
	"github.com/ocompose/ocompose/compose/internal/quiet"
)

// Marks enclose the name of a variable that has no value, instead of the value. Whether it
// needs one depends on where it ends up in the merged model. The two marks are not in any
// file or value.
type Marks struct{ Open, Close string }

// Substitute replaces the variables in a string as Docker Compose does, but marks those
// that are not set and have no default, including required ones.
func (m Marks) Substitute(text string, lookup func(string) (string, bool)) (string, error) {
	if !strings.Contains(text, "$") {
		return text, nil
	}
	// The library logs variables in the defaults of others, even with logging turned off.
	defer quiet.Quiet()()
	presence := map[string]bool{}
	for _, v := range template.ExtractVariables(map[string]any{"": text}, template.DefaultPattern) {
		if v.PresenceValue != "" {
			presence[v.Name] = true
		}
	}
	required := map[string]bool{}
	for {
		replaced, err := template.SubstituteWithOptions(text, func(name string) (string, bool) {
			v, ok := lookup(name)
			switch {
			case ok && (v != "" || !required[name]):
				return v, true
			case required[name]:
				return m.Open + name + m.Close, true
			case ok || presence[name]:
				return v, ok
			}
			return m.Open + name + m.Close, false
		}, template.WithoutLogging)
		var missing *template.MissingRequiredError
		if errors.As(err, &missing) && !required[missing.Variable] {
			required[missing.Variable] = true
			continue
		}
		return replaced, err
	}
}

// In reports whether a string has marks.
func (m Marks) In(text string) bool { return strings.Contains(text, m.Open) }

// Unset lists the variables in a substituted string that have no value.
func (m Marks) Unset(text string) []string {
	var names []string
	for {
		_, rest, ok := strings.Cut(text, m.Open)
		if !ok {
			return names
		}
		name, rest, ok := strings.Cut(rest, m.Close)
		if !ok {
			return names
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		text = rest
	}
}

// Show writes the variables without a value as in Compose files.
func (m Marks) Show(text string) string {
	if !m.In(text) {
		return text
	}
	return strings.NewReplacer(m.Open, "${", m.Close, "}").Replace(text)
}

// Emptied removes unset variables from a substituted string.
func (m Marks) Emptied(text string) string {
	for {
		before, rest, ok := strings.Cut(text, m.Open)
		if !ok {
			return text
		}
		_, after, _ := strings.Cut(rest, m.Close)
		text = before + after
	}
}

// Expand replaces the variables in a string, and lists those that have no value.
func Expand(text string, lookup func(string) (string, bool)) (value string, unset []string, err error) {
	if !strings.Contains(text, "$") {
		return text, nil, nil
	}
	// The values are known only after they are looked up.
	var inputs marks.Set
	inputs.Add(text)
	seen := func(name string) (string, bool) {
		v, ok := lookup(name)
		inputs.Add(v)
		return v, ok
	}
	if _, err := (Marks{}).Substitute(text, seen); err != nil {
		return "", nil, err
	}
	taken, err := inputs.Take(2)
	if err != nil {
		return "", nil, err
	}
	m := Marks{taken[0], taken[1]}
	value, err = m.Substitute(text, lookup)
	return value, m.Unset(value), err
}

// Escape returns the string that interpolates to s.
func Escape(s string) string { return strings.ReplaceAll(s, "$", "$$") }
