package program

import (
	"errors"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/inspect"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/progress"
)

// ProjectOptions returns the options for loading the Compose project that the flags select. A
// command that uses registries also reads the compositions that the project includes.
func (c Call) ProjectOptions() (compose.Options, error) {
	options, err := flags.ProjectOptions(c.t, c.Flags)
	if c.Session != nil {
		options.Fetch = c.Session.FetchIncluded(nil)
	}
	return options, err
}

// LoadProject loads a Compose project ([compose.Load]), and prints its warnings and notes. If it can't be packaged,
// the error lists everything that is missing, including images. Some images may come from an
// engine.
func LoadProject(c Call, t *terminal.Terminal, options compose.Options, engine *session.EngineImages) (*compose.Project, error) {
	project, err := compose.Load(c.Ctx, options)
	if err != nil && project != nil && c.Ctx.Err() == nil && c.Flags.String("locked") == "" {
		err = errors.Join(err, inspect.Missing(c.Ctx, c.Session, project.Images, engine))
	}
	if err != nil {
		return nil, err
	}
	t.Warn(project.Warnings...)
	tellRequired(t, project.Requires)
	for _, file := range project.Carried {
		t.Note("includes %s (%s)", file.Name, progress.Bytes(int64(len(file.Content))))
	}
	if len(project.Services) == 0 {
		return nil, errors.New("the project has no services: there is nothing to package")
	}
	return project, nil
}

// tellRequired prints what the host must provide, one line for each kind.
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
			t.Note("not packaged, the host must provide %s: %s%s", what, strings.Join(slices.Compact(paths), ", "), hint)
		}
		start = end
	}
}

// requiredKind describes a kind of requirement.
func requiredKind(kind string) string {
	return map[string]string{
		"env-file": "the env files", "label-file": "the label files", "secret": "the files of secrets", "config": "the files of configs",
		"seccomp-profile": "the seccomp profiles", "mount": "the mounted paths", "device": "the devices",
		"volume": "the volumes", "network": "the networks",
	}[kind]
}
