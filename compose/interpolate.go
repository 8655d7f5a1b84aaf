package compose

import (
	"errors"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/template"
)

// A variable without a value stands in the model between these two runes, which no
// text that people write holds: whether it matters is known only once it is clear
// where in the merged model it ends up.
const (
	unsetOpen  = "\uF8F0"
	unsetClose = "\uF8F1"
)

// substitute replaces the variables in value as Docker Compose does, but marks those
// that are not set and have no default, required ones included.
func substitute(value string, lookup template.Mapping) (string, error) {
	if !strings.Contains(value, "$") {
		return value, nil
	}
	defer quiet()()
	presence := map[string]bool{}
	for _, v := range template.ExtractVariables(map[string]any{"": value}, template.DefaultPattern) {
		if v.PresenceValue != "" {
			presence[v.Name] = true
		}
	}
	required := map[string]bool{}
	for {
		replaced, err := template.SubstituteWithOptions(value, func(name string) (string, bool) {
			v, ok := lookup(name)
			switch {
			case ok && (v != "" || !required[name]):
				return v, true
			case required[name]:
				return unsetOpen + name + unsetClose, true
			case ok || presence[name]:
				return v, ok
			}
			return unsetOpen + name + unsetClose, false
		}, template.WithoutLogging)
		var missing *template.MissingRequiredError
		if errors.As(err, &missing) && !required[missing.Variable] {
			required[missing.Variable] = true
			continue
		}
		return replaced, err
	}
}

// unsetVariables are the variables in a substituted text that have no value.
func unsetVariables(text string) []string {
	var names []string
	for {
		_, rest, ok := strings.Cut(text, unsetOpen)
		if !ok {
			return names
		}
		name, rest, ok := strings.Cut(rest, unsetClose)
		if !ok {
			return names
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		text = rest
	}
}

// showUnset writes the variables without value as Compose files do.
func showUnset(text string) string {
	return strings.NewReplacer(unsetOpen, "${", unsetClose, "}").Replace(text)
}
