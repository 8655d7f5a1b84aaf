package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
)

func newReferrers(t *terminal) *cli.Command {
	return t.build(command{
		name:  "referrers",
		usage: "list the compositions that are attached to an image",
		args:  "IMAGE",
		description: "Lists what refers to IMAGE, to its index and to the manifests of its platforms, by\n" +
			"the referrers API or the referrers tag schema. With --quiet, bare references.",
		formats: []string{"table", "tree", "json"},
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
		return t.print(tree(listing)...)
	case t.quiet:
		var references []string
		for _, r := range listing.Referrers {
			references = append(references, r.Reference)
		}
		return t.print(references...)
	case len(listing.Referrers) == 0:
		t.note("nothing refers to %s", listing.Image.Reference)
		return nil
	}
	return t.table(func(row printRow) {
		row("PLATFORM\tTYPE\tREFERENCE")
		for _, r := range listing.Referrers {
			platform := r.Platform
			if platform == "" {
				platform = "-"
			}
			row("%s\t%s\t%s", platform, r.ArtifactType, r.Reference)
		}
	})
}

// tree draws an image with what refers to it and to each of its platforms.
func tree(listing *report.Listing) []string {
	type branch struct {
		title string
		twigs []string
	}
	var branches []branch
	for _, r := range listing.Referrers {
		twig := r.ArtifactType + " " + r.Digest
		last := len(branches) - 1
		switch {
		case r.Subject == listing.Image.Digest:
			branches = append(branches, branch{title: twig})
		case last >= 0 && branches[last].title == r.Platform+" "+r.Subject:
			branches[last].twigs = append(branches[last].twigs, twig)
		default:
			branches = append(branches, branch{title: r.Platform + " " + r.Subject, twigs: []string{twig}})
		}
	}
	lines := []string{listing.Image.Reference}
	for i, b := range branches {
		fork, stem := "├── ", "│   "
		if i == len(branches)-1 {
			fork, stem = "└── ", "    "
		}
		lines = append(lines, fork+b.title)
		for j, twig := range b.twigs {
			fork := "├── "
			if j == len(b.twigs)-1 {
				fork = "└── "
			}
			lines = append(lines, stem+fork+twig)
		}
	}
	return lines
}
