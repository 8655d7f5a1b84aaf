package commands

import (
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose"
)

// tellRequired tells what the place of deployment has to have, all of a kind in one line.
func (t *terminal) tellRequired(all []compose.Requirement) {
	for start := 0; start < len(all); {
		end := start
		var paths []string
		for ; end < len(all) && all[end].Kind == all[start].Kind; end++ {
			paths = append(paths, all[end].Path)
		}
		if what := requiredKind(all[start].Kind); what != "" {
			hint := ""
			if all[start].Kind == "env-file" {
				hint = " (--with-env packages those of the project)"
			}
			t.note("not packaged, the place of deployment needs %s: %s%s", what, strings.Join(slices.Compact(paths), ", "), hint)
		}
		start = end
	}
}

// requiredKind names the things of a kind of requirement.
func requiredKind(kind string) string {
	return map[string]string{
		"env-file": "the env files", "label-file": "the label files", "secret": "the files of secrets", "config": "the files of configs",
		"seccomp-profile": "the seccomp profiles", "mount": "the mounted paths", "device": "the devices",
		"volume": "the volumes", "network": "the networks",
	}[kind]
}
