// Package show prints results as text, tables, trees and documents.
package show

import (
	"strings"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/report"
)

// Pushed prints the result of a push, and what would have been done in a dry run.
func Pushed(t *terminal.Terminal, pushed action.Pushed, c program.Call) error {
	made := describeMade(pushed)
	if len(pushed.Spec.Parts) > 0 {
		made.Requires = pushed.Spec.Parts[0].Project.Requires
	}
	tellIncluded(t, pushed)
	if made.DryRun = c.Flags.Bool("dry-run"); made.DryRun {
		explain(t, pushed.Spec)
	}
	for _, left := range pushed.Spec.LeftOut {
		t.Warn("left out " + left.String())
	}
	if len(pushed.Spec.LeftOut) > 0 {
		t.Note("a service that sets platform: does not have to offer the other platforms; --platform requires those that it names")
	}
	tellFlat(t, pushed)
	tellFallback(t, pushed)
	return printMade(t, made, c.Format)
}

// tellIncluded reports references in the Compose files that a loose package pins or leaves.
func tellIncluded(t *terminal.Terminal, pushed action.Pushed) {
	if pushed.Spec.Mode != artifact.Loose || len(pushed.Spec.Parts) == 0 {
		return
	}
	for _, include := range pushed.Spec.Parts[0].Project.Includes {
		switch {
		case !strings.Contains(include.Ref, "@"):
			t.Warn(include.Ref + " is included as written: its tag may point at something else later")
		case include.Ref != include.Written:
			t.Note("%s is pinned in the Compose file itself, because no override changes what a file includes: it becomes %s", include.Written, include.Ref)
		}
	}
}

// explain tells what a push of a package would do.
func explain(t *terminal.Terminal, spec artifact.Spec) {
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

// describeMade puts together what a command made.
func describeMade(pushed action.Pushed) report.Made {
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
func Copied(t *terminal.Terminal, copied action.Pushed, format string) error {
	LeftBehind(t, copied.LeftBehind)
	tellFlat(t, copied)
	tellFallback(t, copied)
	return printMade(t, describeMade(copied), format)
}

// tellFallback tells that a package went in the form of OCI 1.0.
func tellFallback(t *terminal.Terminal, pushed action.Pushed) {
	if pushed.Fallback {
		t.Warn("the registry takes OCI 1.0 manifests only: the composition is one for all platforms, in the form that Docker Compose reads there")
	}
}

// tellFlat tells that the registry takes no index in an index.
func tellFlat(t *terminal.Terminal, pushed action.Pushed) {
	if pushed.Flat {
		t.Note("the registry rejects nested indexes: pushed as with --flat, which lists image manifests in the index and tags image indexes separately")
	}
}

// LeftBehind tells which referrers do not go along.
func LeftBehind(t *terminal.Terminal, left *action.LeftBehind) {
	if left != nil {
		t.Warn(left.String())
	}
}

// printMade prints the result of a command that made a package.
func printMade(t *terminal.Terminal, m report.Made, format string) error {
	if format == "json" {
		return t.PrintJSON(m)
	}
	return t.Print(m.Reference)
}
