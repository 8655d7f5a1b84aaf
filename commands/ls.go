package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action/inspect"
	"github.com/ocompose/ocompose/internal/report"
)

func newLs(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "ls",
		Usage: "list the compositions of a repository",
		Args:  "REPOSITORY",
		Description: "Lists the tags that point at compositions, with their mode, platforms and digest. With\n" +
			"--all, lists all tags; with --quiet, prints only digest references.",
		Examples: []string{"ocompose ls registry.example.com/shop"},
		Outputs:  []string{"table", "json"},
		Document: report.Contents{},
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Usage: "list all tags, not only those of compositions"},
		},
		Run: func(c program.Call) error {
			in, err := c.Repository(c.Args[0])
			if err != nil {
				return err
			}
			contents, err := inspect.Contents(c.Ctx, in, c.Flags.Bool("all"))
			if err != nil {
				return err
			}
			return show.Contents(t, contents, c.Output)
		},
	})
}
