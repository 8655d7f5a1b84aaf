package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/report"
)

func newTags(t *terminal) *cli.Command {
	return t.build(command{
		name:        "tags",
		usage:       "list the tags of a repository",
		args:        "REPOSITORY",
		description: "Prints the tags, one per line, sorted by name. ocompose ls shows what they point at.",
		examples:    []string{"ocompose tags registry.example.com/shop"},
		formats:     []string{"json"},
		document:    report.Tags{},
		run: func(c call) error {
			in, err := t.repository(c, c.args[0])
			if err != nil {
				return err
			}
			tags, err := c.session.Tags(c.ctx, in)
			if err != nil {
				return err
			}
			if c.format == "json" {
				return t.printJSON(report.Tags{Repository: in.Name(), Tags: append([]string{}, tags...)})
			}
			return t.print(tags...)
		},
	})
}
