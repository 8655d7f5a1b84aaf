package commands

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/report"
)

func newImages(t *terminal) *cli.Command {
	return t.build(command{
		name:  "images",
		usage: "list the images of a project or a composition, resolved",
		args:  "[REF]",
		description: "With REF, lists the images that the composition runs; without, those of the Compose\n" +
			"project here. Every image is looked up, so that missing ones show. With --quiet, bare\n" +
			"digest references.",
		examples: []string{"ocompose images", "ocompose images --quiet registry.example.com/shop:1.0"},
		formats:  []string{"table", "json"},
		document: []report.Image{},
		flags: append(projectFlags(),
			&cli.StringFlag{Name: "platform", Usage: "list the composition's images for `OS/ARCH[/VARIANT]`, instead of the portable ones"},
		),
		run: func(c call) error {
			if err := c.oneSource(); err != nil {
				return err
			}
			images, err := t.listImages(c)
			if err != nil {
				return err
			}
			if c.format == "json" {
				return t.printJSON(images)
			}
			if t.quiet && c.format == "" {
				return t.print(imageReferences(images)...)
			}
			return t.table(func(row printRow) {
				row("SERVICE\tIMAGE\tDIGEST\tPLATFORMS")
				for _, i := range images {
					row("%s\t%s\t%s\t%s", i.Service, i.Name, i.Digest, strings.Join(i.Platforms, ", "))
				}
			})
		},
	})
}

// listImages resolves the images of the project here, or of the composition that is named.
func (t *terminal) listImages(c call) ([]report.Image, error) {
	if len(c.args) == 0 {
		source, err := t.projectOptions(c)
		if err != nil {
			return nil, err
		}
		project, err := t.project(c.ctx, source)
		if err != nil {
			return nil, err
		}
		return c.session.Images(c.ctx, project.Images)
	}
	platform, err := t.platformOrDefault(c.flags)
	if err != nil {
		return nil, err
	}
	at, err := t.location(c, c.args[0])
	if err != nil {
		return nil, err
	}
	return c.session.ImagesOf(c.ctx, at, platform)
}

// oneSource checks that the flags are about what is listed: the Compose project here, or
// the composition that is named.
func (c call) oneSource() error {
	if len(c.args) == 0 {
		if c.flags.IsSet("platform") {
			return insteadf("--platform chooses a composition of REF: without REF, images lists those of the project for all platforms")
		}
		return nil
	}
	for _, f := range projectFlags() {
		if name := f.Names()[0]; c.flags.IsSet(name) {
			return insteadf("--%s is about a project here, and %s is a composition: leave out one", name, c.args[0])
		}
	}
	return nil
}

// imageReferences are the digest references of images, each once.
func imageReferences(images []report.Image) []string {
	var all []string
	for _, i := range images {
		if ref := digestReference(i); !slices.Contains(all, ref) {
			all = append(all, ref)
		}
	}
	return all
}

// digestReference is the digest reference of an image, without the tag that it was named by.
func digestReference(i report.Image) string {
	ref, err := artifact.ParseReference(i.Reference)
	if err != nil {
		return i.Reference
	}
	return artifact.RepositoryName(ref.Context()) + "@" + i.Digest
}
