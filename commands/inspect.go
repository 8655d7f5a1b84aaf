package commands

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/progress"
	"github.com/ocompose/ocompose/internal/report"
)

func newInspect(t *terminal) *cli.Command {
	return t.build(command{
		name:    "inspect",
		usage:   "show what a composition is and what it runs",
		args:    "REF",
		formats: []string{"json"},
		run: func(c call) error {
			at, err := t.location(c, c.args[0])
			if err != nil {
				return err
			}
			found, err := c.session.Inspect(c.ctx, at)
			if err != nil {
				return err
			}
			if c.format == "json" {
				return t.printJSON(found)
			}
			return t.printInspection(found)
		},
	})
}

// printInspection shows what a package is.
func (t *terminal) printInspection(r *report.Inspection) error {
	return t.table(func(row printRow) {
		row("Reference:\t%s", r.Reference)
		row("Mode:\t%s", r.Mode)
		if r.Format != "" {
			row("Format:\t%s", r.Format)
		}
		row("Size:\t%s", progress.Bytes(r.Size))
		if r.Subject != nil {
			row("Subject:\t%s", r.Subject.Reference)
		}
		for _, key := range sortedKeys(r.Annotations) {
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

// printComposition shows one composition.
func printComposition(row printRow, c report.Composition) {
	platform := c.Platform
	switch {
	case c.Portable:
		platform = "any platform"
	case platform == "":
		platform = "its images' platform"
	}
	row("\nComposition for %s:", platform)
	row("  Digest:\t%s", c.Digest)
	if c.Subject != nil {
		row("  Subject:\t%s", c.Subject.Digest)
	}
	for _, f := range c.Files {
		row("  File:\t%s (%s, %s)", f.Name, f.Kind, progress.Bytes(f.Size))
	}
	if c.Unreadable != "" {
		row("  Unreadable:\t%s", c.Unreadable)
	}
	for _, image := range c.Images {
		row("  %s:\t%s", strings.TrimSuffix(strings.TrimPrefix(image.Path, "services."), ".image"), image.Reference)
	}
}
