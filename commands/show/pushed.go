// Package show prints results as text, tables, trees and documents.
package show

import (
	"strings"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action/follow"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/progress"
	"github.com/ocompose/ocompose/internal/report"
)

// Pushed prints the result of a push, and in a dry run, what would be pushed.
func Pushed(t *terminal.Terminal, pushed publish.Pushed, c program.Call) error {
	made := describeMade(pushed)
	if len(pushed.Spec.Parts) > 0 {
		made.Requires = pushed.Spec.Parts[0].Project.Requires
	}
	tellIncluded(t, pushed)
	if made.DryRun = c.Flags.Bool("dry-run"); made.DryRun {
		explain(t, pushed)
	}
	for _, left := range pushed.Spec.LeftOut {
		t.Warn("left out " + left.String())
	}
	if len(pushed.Spec.LeftOut) > 0 {
		t.Note("a service with platform: does not need the other platforms; --platform makes its platforms mandatory")
	}
	tellFlat(t, pushed)
	tellFallback(t, pushed)
	return printMade(t, made, c.Output)
}

// tellIncluded reports included compositions that a loose package pins or leaves unpinned.
func tellIncluded(t *terminal.Terminal, pushed publish.Pushed) {
	if pushed.Spec.Mode != artifact.Loose || len(pushed.Spec.Parts) == 0 {
		return
	}
	for _, include := range pushed.Spec.Parts[0].Project.Includes {
		switch {
		case !strings.Contains(include.Ref, "@"):
			t.Warn(include.Ref + " is included without a pin: its tag may move later")
		case include.Ref != include.Written:
			t.Note("%s is pinned in the Compose file itself, because an override can't change an include: it becomes %s", include.Written, include.Ref)
		}
	}
}

// explain prints what a push of a package would do.
func explain(t *terminal.Terminal, pushed publish.Pushed) {
	spec := pushed.Spec
	if all := pushed.Package.Compositions; len(all) > 0 {
		layers, _ := all[len(all)-1].Layers() // read or built: they are in order
		for _, l := range layers {
			t.Note("package %s (%s, %s)", l.File.Name, report.KindName(l.File.Kind), progress.Bytes(l.Descriptor.Size))
		}
	}
	var pins [][]string
	for _, part := range spec.Parts {
		platform := "any platform"
		if part.Platform != nil {
			platform = part.Platform.String()
		}
		for _, path := range terminal.SortedKeys(part.Pins) {
			pins = append(pins, []string{platform + ":", path + ":", part.Pins[path].Ref})
		}
	}
	if width := console.Width(t.Stderr, t.Getenv); width > 0 {
		for _, line := range console.Table(pins, width, false, console.Style{}) {
			t.Note("%s", line)
		}
	} else {
		for _, pin := range pins {
			t.Note("%s", strings.Join(pin, " "))
		}
	}
	for _, image := range spec.Images {
		t.Note("copy %s to %s", image.Origin, artifact.RepositoryName(spec.Repository))
	}
}

// describeMade returns the document of a pushed package.
func describeMade(pushed publish.Pushed) report.Made {
	content := pushed.Package.Content()
	m := report.Made{
		Reference: pushed.Reference(),
		Digest:    content.Descriptor.Digest.String(),
		Tag:       pushed.Tag,
		MediaType: string(content.Descriptor.MediaType),
		Mode:      string(pushed.Package.Mode),

		AlsoTags: pushed.Options.AlsoTags, PortableTag: pushed.Options.PortableTag,
	}
	for _, p := range pushed.Package.Platforms() {
		m.Platforms = append(m.Platforms, p.String())
	}
	if pushed.LeftBehind != nil {
		m.LeftBehind = pushed.LeftBehind.Types
	}
	for _, left := range pushed.Spec.LeftOut {
		var platforms []string
		for _, p := range left.Platforms {
			platforms = append(platforms, p.String())
		}
		m.LeftOut = append(m.LeftOut, report.LeftOut{Platforms: platforms, Images: left.Images})
	}
	return m
}

// Copied prints the result of a copy.
func Copied(t *terminal.Terminal, copied publish.Pushed, format string) error {
	LeftBehind(t, copied.LeftBehind)
	tellFlat(t, copied)
	tellFallback(t, copied)
	return printMade(t, describeMade(copied), format)
}

// tellFallback warns that a package was pushed in the OCI 1.0 format.
func tellFallback(t *terminal.Terminal, pushed publish.Pushed) {
	if pushed.Fallback {
		t.Warn("the registry accepts only OCI 1.0 manifests: pushed one composition for all platforms, in the OCI 1.0 format of Docker Compose")
	}
}

// tellFlat notes that the registry rejects nested indexes.
func tellFlat(t *terminal.Terminal, pushed publish.Pushed) {
	if pushed.Flat {
		t.Note("the registry rejects nested indexes: pushed as with --flat, which lists image manifests in the index and tags image indexes separately")
	}
}

// LeftBehind warns about referrers that are not copied.
func LeftBehind(t *terminal.Terminal, left *follow.LeftBehind) {
	if left != nil {
		t.Warn(left.String())
	}
}

// printMade prints the document of a pushed package.
func printMade(t *terminal.Terminal, m report.Made, format string) error {
	if format == "json" {
		return t.PrintJSON(m)
	}
	return t.Print(m.Reference)
}
