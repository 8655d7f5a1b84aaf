package show

import (
	"strings"

	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/report"
)

// Contents prints what tags point at.
func Contents(t *terminal.Terminal, contents *report.Contents, format string) error {
	switch {
	case format == "json":
		return t.PrintJSON(contents)
	case t.Quiet && format == "":
		var references []string
		for _, e := range contents.Tags {
			if e.Reference != "" {
				references = append(references, e.Reference)
			}
		}
		return t.Print(references...)
	}
	if contents.Others > 0 {
		t.Note("%s has %s that %s not listed: --all lists %s", contents.Repository,
			terminal.Count(contents.Others, "other tag"), terminal.Choose(contents.Others, "is", "are"), terminal.Choose(contents.Others, "it", "them"))
	}
	if len(contents.Tags) == 0 {
		t.Note("%s has no compositions", contents.Repository)
		return nil
	}
	return t.Table(func(row terminal.PrintRow) {
		row("TAG\tKIND\tPLATFORMS\tDIGEST")
		for _, e := range contents.Tags {
			row("%s\t%s\t%s\t%s", e.Tag, kindText(e), terminal.OrDash(strings.Join(e.Platforms, ", ")), terminal.OrDash(e.Digest))
		}
	})
}

// kindText is what a tag points at, in words.
func kindText(e report.TagEntry) string {
	switch {
	case e.Kind == report.KindComposition && e.Subject != "":
		return e.Mode + ", attached"
	case e.Kind == report.KindComposition:
		return e.Mode
	case e.Kind == report.KindArtifact:
		return e.ArtifactType
	default:
		return e.Kind
	}
}
