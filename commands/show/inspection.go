package show

import (
	"fmt"
	"strings"

	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/progress"
	"github.com/ocompose/ocompose/internal/report"
)

// Inspection shows what a package is.
func Inspection(t *terminal.Terminal, r *report.Inspection) error {
	return t.Table(func(row terminal.PrintRow) {
		row("Reference:\t%s", r.Reference)
		row("Mode:\t%s", r.Mode)
		if r.Format != "" {
			row("Format:\t%s", r.Format)
		}
		row("Size:\t%s", progress.Bytes(r.Size))
		if r.Subject != nil {
			row("Subject:\t%s", r.Subject.Reference)
		}
		for _, key := range terminal.SortedKeys(r.Annotations) {
			row("Annotation:\t%s=%s", key, r.Annotations[key])
		}
		for _, c := range r.Compositions {
			printComposition(row, c)
		}
		for i, b := range r.Bundle {
			if i == 0 {
				row("\nBundled images:")
			}
			row("  %s\t%s", b.Source, b.Digest)
		}
		for i, needed := range r.Requires {
			if i == 0 {
				row("\nNeeded where it is deployed:")
			}
			what := needed.Kind
			if needed.Optional {
				what += ", optional"
			}
			row("  %s\t%s%s", needed.Path, what, forServices(needed.Services))
		}
		for i, v := range r.Variables {
			if i == 0 {
				row("\nVariables:")
			}
			switch {
			case v.Required:
				row("  %s\trequired", v.Name)
			case v.Default != "":
				row("  %s\tdefault %q", v.Name, v.Default)
			default:
				row("  %s\t", v.Name)
			}
		}
	})
}

// forServices names the services that need something.
func forServices(services []string) string {
	if len(services) == 0 {
		return ""
	}
	return " (" + strings.Join(services, ", ") + ")"
}

// InspectionTree draws what a package is made of.
func InspectionTree(r *report.Inspection) console.Node {
	root := console.Node{Text: fmt.Sprintf("%s %s, %s", console.Printable(r.Reference), r.Mode, progress.Bytes(r.Size))}
	if r.Subject != nil {
		root.Add("attached to " + console.Printable(r.Subject.Reference))
	}
	for _, key := range terminal.SortedKeys(r.Annotations) {
		root.Add(console.Printable(key + "=" + r.Annotations[key]))
	}
	for _, c := range r.Compositions {
		branch := root.Add(compositionTitle(c) + " " + c.Digest)
		if c.Subject != nil {
			branch.Add("attached to " + c.Subject.Digest)
		}
		for _, f := range c.Files {
			branch.Add(fmt.Sprintf("%s (%s, %s)", console.Printable(f.Name), f.Kind, progress.Bytes(f.Size)))
		}
		if c.Unreadable != "" {
			branch.Add("unreadable: " + console.Printable(c.Unreadable))
		}
		for _, image := range c.Images {
			branch.Add(console.Printable(placeName(image.Path) + ": " + image.Reference))
		}
	}
	for _, b := range r.Bundle {
		root.Add("image " + console.Printable(strings.TrimSpace(b.Source+" "+b.Digest)))
	}
	return root
}

// compositionTitle says what a composition is for.
func compositionTitle(c report.Composition) string {
	switch {
	case c.Portable:
		return "any platform"
	case c.Platform == "":
		return "its images' platform"
	default:
		return console.Printable(c.Platform)
	}
}

// placeName is the short name of the place of an image: that of the service, if it is its
// only one.
func placeName(path string) string {
	return strings.TrimSuffix(strings.TrimPrefix(path, "services."), ".image")
}

// printComposition shows one composition.
func printComposition(row terminal.PrintRow, c report.Composition) {
	row("\nComposition for %s:", compositionTitle(c))
	row("  Digest:\t%s", c.Digest)
	if c.Subject != nil {
		row("  Subject:\t%s", c.Subject.Digest)
	}
	for _, f := range c.Files {
		row("  File:\t%s (%s, %s)", f.Name, f.Kind, progress.Bytes(f.Size))
	}
	for _, ref := range c.Includes {
		row("  Include:\t%s", ref)
	}
	if c.Unreadable != "" {
		row("  Unreadable:\t%s", c.Unreadable)
	}
	for _, image := range c.Images {
		row("  %s:\t%s", placeName(image.Path), image.Reference)
	}
}
