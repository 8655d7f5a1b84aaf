package commands

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/report"
)

func newLs(t *terminal) *cli.Command {
	return t.build(command{
		name:  "ls",
		usage: "list the compositions of a repository",
		args:  "REPOSITORY",
		description: "Lists the tags that point at compositions, with their mode, platforms and digest. With\n" +
			"--all, lists all tags; with --quiet, bare digest references.",
		examples: []string{"ocompose ls registry.example.com/shop"},
		formats:  []string{"table", "json"},
		document: report.Contents{},
		flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Usage: "list all tags, not only those of compositions"},
		},
		run: func(c call) error {
			in, err := t.repository(c, c.args[0])
			if err != nil {
				return err
			}
			contents, err := c.session.Contents(c.ctx, in, c.flags.Bool("all"))
			if err != nil {
				return err
			}
			return t.printContents(contents, c.format)
		},
	})
}

// printContents prints what tags point at.
func (t *terminal) printContents(contents *report.Contents, format string) error {
	switch {
	case format == "json":
		return t.printJSON(contents)
	case t.quiet && format == "":
		var references []string
		for _, e := range contents.Tags {
			if e.Reference != "" {
				references = append(references, e.Reference)
			}
		}
		return t.print(references...)
	}
	if contents.Others > 0 {
		t.note("%s has %s that %s not listed: --all lists %s", contents.Repository,
			count(contents.Others, "other tag"), choose(contents.Others, "is", "are"), choose(contents.Others, "it", "them"))
	}
	if len(contents.Tags) == 0 {
		t.note("%s has no compositions", contents.Repository)
		return nil
	}
	return t.table(func(row printRow) {
		row("TAG\tKIND\tPLATFORMS\tDIGEST")
		for _, e := range contents.Tags {
			row("%s\t%s\t%s\t%s", e.Tag, kindText(e), orDash(strings.Join(e.Platforms, ", ")), orDash(e.Digest))
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
