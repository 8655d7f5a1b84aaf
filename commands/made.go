package commands

import (
	"strings"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
)

// printPushed prints the result of a push, and what would have been done in a dry run.
func (t *terminal) printPushed(pushed action.Pushed, c call) error {
	made := describeMade(pushed)
	if len(pushed.Spec.Parts) > 0 {
		made.Requires = pushed.Spec.Parts[0].Project.Requires
	}
	t.tellIncluded(pushed)
	if made.DryRun = c.flags.Bool("dry-run"); made.DryRun {
		t.explain(pushed.Spec)
	}
	for _, left := range pushed.Spec.LeftOut {
		t.warn("left out " + left.String())
	}
	if len(pushed.Spec.LeftOut) > 0 {
		t.note("a service that sets platform: does not have to offer the other platforms; --platform requires those that it names")
	}
	t.tellFlat(pushed)
	t.tellFallback(pushed)
	return t.printMade(made, c.format)
}

// tellIncluded tells that references in the Compose files are pinned, which otherwise stay as
// they are in a loose package.
func (t *terminal) tellIncluded(pushed action.Pushed) {
	if pushed.Spec.Mode != artifact.Loose || len(pushed.Spec.Parts) == 0 {
		return
	}
	for _, include := range pushed.Spec.Parts[0].Project.Includes {
		switch {
		case !strings.Contains(include.Ref, "@"):
			t.warn(include.Ref + " is included as it is written: its tag may point at something else later")
		case include.Ref != include.Written:
			t.note("%s is pinned in the Compose file itself, because no override changes what a file includes: it becomes %s", include.Written, include.Ref)
		}
	}
}

// explain tells what a push of a package would do.
func (t *terminal) explain(spec artifact.Spec) {
	for _, part := range spec.Parts {
		platform := "any platform"
		if part.Platform != nil {
			platform = part.Platform.String()
		}
		for _, path := range sortedKeys(part.Pins) {
			t.note("%s: %s: %s", platform, path, part.Pins[path].Ref)
		}
	}
	for _, image := range spec.Images {
		t.note("copy %s to %s", image.Origin, artifact.RepositoryName(spec.Repository))
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

// printCopied prints the result of a copy.
func (t *terminal) printCopied(copied action.Pushed, format string) error {
	t.tellLeft(copied.LeftBehind)
	t.tellFlat(copied)
	t.tellFallback(copied)
	return t.printMade(describeMade(copied), format)
}

// tellFallback tells that a package went in the form of OCI 1.0.
func (t *terminal) tellFallback(pushed action.Pushed) {
	if pushed.Fallback {
		t.warn("the registry takes OCI 1.0 manifests only: the composition is one for all platforms, in the form that Docker Compose reads there")
	}
}

// tellFlat tells that the registry takes no index in an index.
func (t *terminal) tellFlat(pushed action.Pushed) {
	if pushed.Flat {
		t.note("the registry rejects nested indexes: pushed as with --flat, which lists image manifests in the index and tags image indexes separately")
	}
}

// tellLeft tells which referrers do not go along.
func (t *terminal) tellLeft(left *action.LeftBehind) {
	if left != nil {
		t.warn(left.String())
	}
}

// printMade prints the result of a command that made a package.
func (t *terminal) printMade(m report.Made, format string) error {
	if format == "json" {
		return t.printJSON(m)
	}
	return t.print(m.Reference)
}
