package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action/inspect"
	"github.com/ocompose/ocompose/internal/report"
)

func newReferrers(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "referrers",
		Usage: "list the compositions that are attached to an image",
		Args:  "IMAGE",
		Description: "Lists the referrers of IMAGE's index and of its platforms' manifests, from the referrers\n" +
			"API or the referrers tag schema, newest first. With --quiet, prints only digest\n" +
			"references.",
		Examples: []string{"ocompose referrers registry.example.com/images/web:1.0"},
		Outputs:  []string{"table", "tree", "json"},
		Document: report.Listing{},
		Apart:    [][2]string{{"all", "artifact-type"}},
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Usage: "list all referrers, not only compositions"},
			&cli.StringFlag{Name: "artifact-type", Usage: "list the referrers of `TYPE` instead of compositions"},
			&cli.StringFlag{Name: "platform", Usage: "list only the referrers of the image for `OS/ARCH[/VARIANT]`"},
		},
		Run: func(c program.Call) error {
			at, err := c.Location(c.Args[0])
			if err != nil {
				return err
			}
			options := inspect.ListOptions{ArtifactType: artifact.Type}
			if c.Flags.Bool("all") {
				options.ArtifactType = ""
			}
			if s := c.Flags.String("artifact-type"); s != "" {
				options.ArtifactType = s
			}
			if options.Platform, err = flags.OnePlatform(c.Flags); err != nil {
				return err
			}
			listing, err := inspect.Referrers(c.Ctx, at, options)
			if err != nil {
				return err
			}
			if !t.Quiet || c.Output != "" {
				if err := inspect.AddTags(c.Ctx, at.Store, listing); err != nil {
					t.Note("tags can't be listed and are not shown: %v", err)
				}
			}
			return show.Listing(t, listing, c.Output)
		},
	})
}
