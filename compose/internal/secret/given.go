package secret

import (
	"maps"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/problem"
)

// An EnvFile is a file of settings.
type EnvFile struct {
	Name    string
	Content []byte
}

// Given searches the values, by name, that flattening copies from env files into the
// Compose file.
func (f *Finder) Given(values map[string]string, files []EnvFile) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value, at := values[name], lastSetting(name, files)
		kind := kindOf(name)
		if kind.user {
			f.knows(value)
		}
		f.forms(value, "", func(int) problem.Position { return at }, func(int) string { return name })
		if kind.secret && !isHarmless(value) {
			f.report(Finding{At: at, Name: name, Certainty: Likely,
				Reason: name + " is named like a secret, and flattening would write its value into the Compose file"}, value)
		}
	}
}

// lastSetting finds the last line that sets a name.
func lastSetting(name string, files []EnvFile) problem.Position {
	at := problem.Position{}
	for _, f := range files {
		line := 0
		for text := range strings.Lines(string(f.Content)) {
			line++
			if set, _, ok := setting(strings.TrimRight(text, "\r\n"), environment); ok && set == name {
				at = problem.Position{File: f.Name, Line: line}
			}
		}
	}
	return at
}
