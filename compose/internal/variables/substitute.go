// Package variables replaces the variables in Compose files, as Docker Compose does, and
// takes their expressions apart.
package variables

import (
	"errors"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/template"

	"github.com/ocompose/ocompose/compose/internal/quiet"
)

// A variable without a value stands in the model between these two runes: whether it
// matters is known only once it is clear where in the merged model it ends up.
const (
	UnsetOpen  = "\uF8F0"
	UnsetClose = "\uF8F1"
)

// Substitute replaces the variables in a text as Docker Compose does, but marks those
// that are not set and have no default, required ones included.
func Substitute(text string, lookup func(string) (string, bool)) (string, error) {
	if !strings.Contains(text, "$") {
		return text, nil
	}
	// A variable in the default of another one is logged, whatever the options say.
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
				return UnsetOpen + name + UnsetClose, true
			case ok || presence[name]:
				return v, ok
			}
			return UnsetOpen + name + UnsetClose, false
		}, template.WithoutLogging)
		var missing *template.MissingRequiredError
		if errors.As(err, &missing) && !required[missing.Variable] {
			required[missing.Variable] = true
			continue
		}
		return replaced, err
	}
}

// Unset lists the variables in a substituted text that have no value.
func Unset(text string) []string {
	var names []string
	for {
		_, rest, ok := strings.Cut(text, UnsetOpen)
		if !ok {
			return names
		}
		name, rest, ok := strings.Cut(rest, UnsetClose)
		if !ok {
			return names
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		text = rest
	}
}

// ShowUnset writes the variables without value as Compose files do.
func ShowUnset(text string) string {
	return strings.NewReplacer(UnsetOpen, "${", UnsetClose, "}").Replace(text)
}

// Escape returns the text that interpolation makes s of.
func Escape(s string) string { return strings.ReplaceAll(s, "$", "$$") }
