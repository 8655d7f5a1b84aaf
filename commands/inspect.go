package commands

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/progress"
)

func newInspect(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "show what a composition is and what it runs",
		ArgsUsage: "REF",
		Flags:     slices.Concat(networkFlags(), outputFlags("json")),
		Action: t.onReference("json", "REF", func(c call, ref name.Reference) error {
			report, err := c.remote.Inspect(c.ctx, ref)
			if err != nil {
				return err
			}
			if c.format == "json" {
				return t.printJSON(report)
			}
			return t.printReport(report)
		}),
	}
}

// printReport shows a report to people.
func (t *terminal) printReport(r *artifact.Report) error {
	return t.table(func(w io.Writer) {
		fmt.Fprintf(w, "Reference:\t%s\n", r.Reference)
		fmt.Fprintf(w, "Mode:\t%s\n", r.Mode)
		fmt.Fprintf(w, "Size:\t%s\n", progress.Bytes(r.Size))
		if r.Subject != nil {
			fmt.Fprintf(w, "Subject:\t%s\n", r.Subject.Reference)
		}
		for _, key := range sortedKeys(r.Annotations) {
			fmt.Fprintf(w, "Annotation:\t%s=%s\n", key, r.Annotations[key])
		}
		for _, c := range r.Compositions {
			printComposition(w, c)
		}
		for i, b := range r.Bundle {
			if i == 0 {
				fmt.Fprintf(w, "\nBundled images:\n")
			}
			fmt.Fprintf(w, "  %s\t%s\n", b.Source, b.Digest)
		}
		for i, v := range r.Variables {
			if i == 0 {
				fmt.Fprintf(w, "\nVariables:\n")
			}
			switch {
			case v.Required:
				fmt.Fprintf(w, "  %s\trequired\n", v.Name)
			case v.Default != "":
				fmt.Fprintf(w, "  %s\tdefault %q\n", v.Name, v.Default)
			default:
				fmt.Fprintf(w, "  %s\t\n", v.Name)
			}
		}
	})
}

// printComposition shows one composition.
func printComposition(w io.Writer, c artifact.CompositionReport) {
	platform := c.Platform
	switch {
	case c.Portable:
		platform = "any platform"
	case platform == "":
		platform = "its images' platform"
	}
	fmt.Fprintf(w, "\nComposition for %s:\n", platform)
	fmt.Fprintf(w, "  Digest:\t%s\n", c.Digest)
	if c.Subject != nil {
		fmt.Fprintf(w, "  Subject:\t%s\n", c.Subject.Digest)
	}
	for _, f := range c.Files {
		fmt.Fprintf(w, "  File:\t%s (%s, %s)\n", f.Name, f.Kind, progress.Bytes(f.Size))
	}
	for _, image := range c.Images {
		fmt.Fprintf(w, "  %s:\t%s\n", strings.TrimSuffix(strings.TrimPrefix(image.Path, "services."), ".image"), image.Reference)
	}
}

// table lines up the columns that print writes with tabs between them.
func (t *terminal) table(print func(io.Writer)) error {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	print(w)
	if err := w.Flush(); err != nil {
		return err
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return t.print(lines...)
}
