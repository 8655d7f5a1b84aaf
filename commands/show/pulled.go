package show

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/pull"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/report"
)

// Pulled prints the pulled files, with the folder's name as the user wrote it.
func Pulled(t *terminal.Terminal, dir string, at session.Location, composition artifact.Composition, pulled pull.Pulled, format string) error {
	digest := composition.Descriptor.Digest.String()
	result := report.Pulled{Reference: at.Store.Name() + "@" + digest, Digest: digest, Files: []report.PulledFile{}}
	if composition.Platform != nil {
		result.Platform = composition.Platform.String()
	}
	for _, f := range pulled.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		result.Files = append(result.Files, report.PulledFile{Path: path, Kind: report.KindName(f.Kind), Size: f.Size})
	}
	result.Missing = pulled.Missing
	command := commandFor(dir, result.Files, pulled)
	if format == "json" {
		result.Command = command
		return t.PrintJSON(result)
	}
	for i, f := range pulled.Files {
		if f.Kind != compose.ComposeFile {
			t.Note("restored %s", result.Files[i].Path)
			continue
		}
		if err := t.Print(result.Files[i].Path); err != nil {
			return err
		}
	}
	tellMissing(t, pulled.Missing)
	t.Note("run it with: %s", strings.Join(command, " "))
	return nil
}

// commandFor returns the command that starts the pulled application.
func commandFor(dir string, files []report.PulledFile, pulled pull.Pulled) []string {
	command := []string{"docker", "compose"}
	switch {
	case !pulled.Merged:
		for _, f := range files {
			if f.Kind == report.KindName(compose.ComposeFile) {
				command = append(command, "-f", f.Path)
			}
		}
		if pulled.Own {
			command = append(command, "-f", filepath.Join(dir, "compose.override.yaml"))
		}
	case filepath.Clean(dir) != ".":
		command = append(command, "--project-directory", dir)
	}
	return append(command, "up", "--detach")
}

// tellMissing prints what the application needs and this machine lacks.
func tellMissing(t *terminal.Terminal, all []compose.Requirement) {
	var needed, created, omitted []string
	for _, r := range all {
		switch {
		case r.Kind == "file":
			omitted = append(omitted, r.Path)
		case r.Kind == "mount" && r.Optional:
			created = append(created, r.Path)
		default:
			needed = append(needed, fmt.Sprintf("%s (%s)", r.Path, r.Kind))
		}
	}
	if len(needed) > 0 {
		t.Warn("the application needs, but this machine lacks: " + strings.Join(needed, ", "))
	}
	if len(omitted) > 0 {
		t.Note("not packaged with the mounted folders, add them if the application needs them: %s", strings.Join(omitted, ", "))
	}
	if len(created) > 0 {
		t.Note("Docker creates empty folders for: %s", strings.Join(created, ", "))
	}
}
