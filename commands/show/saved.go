package show

import (
	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

// Saved prints what was saved. Standard output has the file itself where that goes
// there.
func Saved(t *terminal.Terminal, saving *action.Saving, to program.File, tag, format string) error {
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
