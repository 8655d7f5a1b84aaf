package show

import (
	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action/file"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

// Saved prints what was saved. If the file itself goes to standard output, a note is
// printed instead.
func Saved(t *terminal.Terminal, saving *file.Saving, to program.File, tag, format string) error {
	content := saving.Package.Content()
	saved := report.Saved{
		Digest: content.Descriptor.Digest.String(), Tag: tag, MediaType: string(content.Descriptor.MediaType),
		Mode: string(saving.Package.Mode), File: to.Path, Size: saving.Size, Since: saving.Since,
	}
	for _, p := range saving.Package.Platforms() {
		saved.Platforms = append(saved.Platforms, p.String())
	}
	prefix := store.ArchivePrefix
	if to.IsFolder {
		prefix = store.LayoutPrefix
	}
	saved.Reference = prefix + to.Path + "@" + saved.Digest
	switch {
	case to.Path == flags.Standard:
		t.Note("saved %s", saved.Digest)
		return nil
	case format == "json":
		return t.PrintJSON(saved)
	}
	return t.Print(saved.Reference)
}
