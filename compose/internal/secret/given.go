package secret

import (
	"fmt"
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

// Given returns an error for each of the values, by name, that looks like a secret and
// that flattening would take over from the env files.
func Given(values map[string]string, files []EnvFile) []error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if Looks(name, values[name]) {
			errs = append(errs, &problem.Error{Kind: problem.Secret, Position: lastSetting(name, files), Subject: name,
				Reason: fmt.Sprintf("%s is named like a secret, and flattening would write its value into the Compose file", name)})
		}
	}
	return errs
}

// lastSetting finds the last line that sets a name.
func lastSetting(name string, files []EnvFile) problem.Position {
	at := problem.Position{}
	for _, f := range files {
		for i, line := range strings.Split(string(f.Content), "\n") {
			if set, _, ok := Setting(line); ok && set == name {
				at = problem.Position{File: f.Name, Line: i + 1}
			}
		}
	}
	return at
}
