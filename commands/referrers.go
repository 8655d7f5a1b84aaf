package commands

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/report"
)

func newReferrers(t *terminal) *cli.Command {
	return t.build(command{
		name:  "referrers",
		usage: "list the compositions that are attached to an image",
		args:  "IMAGE",
		description: "Lists what refers to IMAGE, to its index and to the manifests of its platforms, through\n" +
			"the referrers API or the referrers tag schema, the newest first. With --quiet, bare\n" +
			"digest references.",
		examples: []string{"ocompose referrers registry.example.com/images/web:1.0"},
		formats:  []string{"table", "tree", "json"},
		document: report.Listing{},
		apart:    [][2]string{{"all", "artifact-type"}},
		flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Usage: "list all referrers, not only compositions"},
			&cli.StringFlag{Name: "artifact-type", Usage: "list the referrers of `TYPE` instead of compositions"},
			&cli.StringFlag{Name: "platform", Usage: "list what refers to the image for `OS/ARCH[/VARIANT]` only"},
		},
		run: func(c call) error {
			at, err := t.location(c, c.args[0])
			if err != nil {
				return err
			}
			options := action.ListOptions{ArtifactType: artifact.Type}
			if c.flags.Bool("all") {
				options.ArtifactType = ""
			}
			if s := c.flags.String("artifact-type"); s != "" {
				options.ArtifactType = s
			}
			if options.Platform, err = onePlatform(c.flags); err != nil {
				return err
			}
			listing, err := c.session.Referrers(c.ctx, at, options)
			if err != nil {
				return err
			}
			if !t.quiet || c.format != "" {
				if err := c.session.AddTags(c.ctx, at.Store, listing); err != nil {
					t.note("cannot list tags, so that none are shown: %v", err)
				}
			}
			return t.printListing(listing, c.format)
		},
	})
}

// printListing prints referrers in the format asked for.
func (t *terminal) printListing(listing *report.Listing, format string) error {
	switch {
	case format == "json":
		return t.printJSON(listing)
	case format == "tree":
		return t.print(console.Tree(listingTree(listing), t.width(), t.style())...)
	case t.quiet:
		var references []string
		for _, r := range listing.Referrers {
			references = append(references, r.Reference)
		}
		return t.print(references...)
	}
	if len(listing.Referrers) == 0 {
		t.note("nothing refers to %s%s", listing.Image.Reference, others(listing.Others))
		return nil
	}
	return t.table(func(row printRow) { listRows(row, listing.Referrers, t.width() > 0) })
}

// others tells of referrers that are not listed.
func others(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" of that type: %s, see --all", count(n, "other"))
}
