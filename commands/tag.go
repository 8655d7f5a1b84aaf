package commands

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/reference"
	"github.com/ocompose/ocompose/internal/report"
)

func newTag(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "tag",
		Usage: "add tags to a composition",
		Args:  "REF TAG...",
		Description: "Points each TAG in REF's repository at REF, and prints the digest reference. A tag that\n" +
			"points at another composition is moved; a tag that points at anything else is moved only\n" +
			"with --force. Nothing is copied.",
		Examples: []string{"ocompose tag registry.example.com/shop:1.1 stable latest"},
		Outputs:  []string{"json"},
		Document: report.Tagged{},
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Usage: "move tags even if they point at something other than a composition"},
		},
		Run: func(c program.Call) error {
			tags, err := tagArguments(c.Args[0], c.Args[1:])
			if err != nil {
				return err
			}
			at, err := c.Location(c.Args[0])
			if err != nil {
				return err
			}
			digest, moved, err := publish.SetTags(c.Ctx, at, tags, c.Flags.Bool("force"))
			if err != nil {
				return err
			}
			result := report.Tagged{Reference: at.Store.Name() + "@" + digest.String(), Digest: digest.String(), Tags: tags}
			for _, m := range moved {
				result.Moved = append(result.Moved, show.MovedTag(m))
				t.Note("%s pointed at %s before", m.Tag, m.From)
			}
			if c.Output == "json" {
				return t.PrintJSON(result)
			}
			return t.Print(result.Reference)
		},
	})
}

// tagArguments reads tags, which may be prefixed with REF's repository.
func tagArguments(ref string, args []string) ([]string, error) {
	var tags []string
	for _, arg := range args {
		tag := arg
		if strings.ContainsAny(arg, "/:@") {
			var err error
			if tag, err = tagOfSameRepository(ref, arg); err != nil {
				return nil, err
			}
		}
		if err := reference.CheckTag(tag); err != nil {
			return nil, usage.Insteadf("tag: %v", err)
		}
		if slices.Contains(tags, tag) {
			return nil, usage.Insteadf("tag: %q is given twice", tag)
		}
		tags = append(tags, tag)
	}
	return tags, nil
}

// tagOfSameRepository returns the tag of a reference that was written instead of a tag.
func tagOfSameRepository(ref, arg string) (string, error) {
	repo, tag, err := flags.ParseTarget(arg)
	if err != nil {
		return "", err
	}
	if tag == "" {
		return "", usage.Insteadf("tag: %q has no tag", arg)
	}
	from, err := flags.ParseReference(ref)
	if err != nil {
		return "", err
	}
	if from.Context() != repo {
		return "", usage.Insteadf("tag: %s is not in the repository of %s: use ocompose copy", arg, ref)
	}
	return tag, nil
}

func newTags(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:        "tags",
		Usage:       "list the tags of a repository",
		Args:        "REPOSITORY",
		Description: "Prints the tags, one per line, sorted by name. ocompose ls shows what they point at.",
		Examples:    []string{"ocompose tags registry.example.com/shop"},
		Outputs:     []string{"json"},
		Document:    report.Tags{},
		Run: func(c program.Call) error {
			in, err := c.Repository(c.Args[0])
			if err != nil {
				return err
			}
			tags, err := publish.Tags(c.Ctx, in)
			if err != nil {
				return err
			}
			if c.Output == "json" {
				return t.PrintJSON(report.Tags{Repository: in.Name(), Tags: append([]string{}, tags...)})
			}
			return t.Print(tags...)
		},
	})
}
