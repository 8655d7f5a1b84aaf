package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
)

func newReferrers(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "referrers",
		Usage: "list the compositions that are attached to an image",
		Args:  "IMAGE",
		Description: "Lists what refers to IMAGE, to its index and to the manifests of its platforms, through\n" +
			"the referrers API or the referrers tag schema, the newest first. With --quiet, bare\n" +
			"digest references.",
		Examples: []string{"ocompose referrers registry.example.com/images/web:1.0"},
		Formats:  []string{"table", "tree", "json"},
		Document: report.Listing{},
		Apart:    [][2]string{{"all", "artifact-type"}},
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Usage: "list all referrers, not only compositions"},
			&cli.StringFlag{Name: "artifact-type", Usage: "list the referrers of `TYPE` instead of compositions"},
			&cli.StringFlag{Name: "platform", Usage: "list what refers to the image for `OS/ARCH[/VARIANT]` only"},
		},
		Run: func(c program.Call) error {
			at, err := c.Location(c.Args[0])
			if err != nil {
				return err
			}
			options := action.ListOptions{ArtifactType: artifact.Type}
			if c.Flags.Bool("all") {
				options.ArtifactType = ""
			}
			if s := c.Flags.String("artifact-type"); s != "" {
				options.ArtifactType = s
			}
			if options.Platform, err = flags.OnePlatform(c.Flags); err != nil {
				return err
			}
			listing, err := c.Session.Referrers(c.Ctx, at, options)
			if err != nil {
				return err
			}
			if !t.Quiet || c.Format != "" {
				if err := c.Session.AddTags(c.Ctx, at.Store, listing); err != nil {
					t.Note("cannot list tags, so that none are shown: %v", err)
				}
			}
			return show.Listing(t, listing, c.Format)
		},
	})
}
