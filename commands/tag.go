package commands

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/reference"
	"github.com/ocompose/ocompose/internal/report"
)

func newTag(t *terminal) *cli.Command {
	return t.build(command{
		name:  "tag",
		usage: "give a composition more tags",
		args:  "REF TAG...",
		description: "Points each TAG of REF's repository at what REF is, and prints its digest reference. A\n" +
			"tag that points at another composition is moved; one that points at anything else is\n" +
			"moved only with --force. Nothing is copied.",
		examples: []string{"ocompose tag registry.example.com/shop:1.1 stable latest"},
		formats:  []string{"json"},
		document: report.Tagged{},
		flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Usage: "move tags even if they point at something other than a composition"},
		},
		run: func(c call) error {
			tags, err := tagArguments(c.args[0], c.args[1:])
			if err != nil {
				return err
			}
			at, err := t.location(c, c.args[0])
			if err != nil {
				return err
			}
			digest, moved, err := c.session.SetTags(c.ctx, at, tags, c.flags.Bool("force"))
			if err != nil {
				return err
			}
			result := report.Tagged{Reference: at.Store.Name() + "@" + digest.String(), Digest: digest.String(), Tags: tags}
			for _, m := range moved {
				result.Moved = append(result.Moved, movedTag(m))
				t.note("%s pointed at %s before", m.Tag, m.From)
			}
			if c.format == "json" {
				return t.printJSON(result)
			}
			return t.print(result.Reference)
		},
	})
}

func movedTag(m action.MovedTag) report.MovedTag {
	return report.MovedTag{Tag: m.Tag, From: m.From.String()}
}

// tagArguments reads tags, which may have REF's repository in front of them.
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
			return nil, insteadf("tag: %v", err)
		}
		if slices.Contains(tags, tag) {
			return nil, insteadf("tag: %q is given twice", tag)
		}
		tags = append(tags, tag)
	}
	return tags, nil
}

// tagOfSameRepository is the tag of a reference that people write in the place of a tag.
func tagOfSameRepository(ref, arg string) (string, error) {
	repo, tag, err := parseTarget(arg)
	if err != nil {
		return "", err
	}
	if tag == "" {
		return "", insteadf("tag: %q has no tag", arg)
	}
	from, err := parseReference(ref)
	if err != nil {
		return "", err
	}
	if from.Context() != repo {
		return "", insteadf("tag: %s is in another repository than %s: ocompose copy brings it there", arg, ref)
	}
	return tag, nil
}
