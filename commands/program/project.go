package program

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/progress"
)

// ProjectOptions are the options for loading the Compose project that the flags select. A
// command that reads registries also reads the compositions that the project includes.
func (c Call) ProjectOptions() (compose.Options, error) {
	options, err := flags.ProjectOptions(c.t, c.Flags)
	if c.Session != nil {
		options.Fetch = c.Session.FetchIncluded(nil)
	}
	return options, err
}

// Project loads a Compose project, and tells what the user should know about it.
func Project(ctx context.Context, t *terminal.Terminal, options compose.Options) (*compose.Project, error) {
	project, err := compose.Load(ctx, options)
	if err != nil {
		return nil, err
	}
	t.Warn(project.Warnings...)
	tellRequired(t, project.Requires)
	for _, file := range project.Carried {
		t.Note("carries %s (%s)", file.Name, progress.Bytes(int64(len(file.Content))))
	}
	if len(project.Services) == 0 {
		return nil, errors.New("the project has no services: there is nothing to package")
	}
	return project, nil
}

// tellRequired tells what the place of deployment has to have, all of a kind in one line.
func tellRequired(t *terminal.Terminal, all []compose.Requirement) {
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
			t.Note("not packaged, the place of deployment needs %s: %s%s", what, strings.Join(slices.Compact(paths), ", "), hint)
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
