package commands

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/compose"
)

func newImages(t *terminal) *cli.Command {
	return t.build(command{
		name:  "images",
		usage: "list the images of a project or a composition, resolved",
		args:  "[REF]",
		description: "With REF, the images that the composition runs; without, those of the Compose\n" +
			"project here. Every image is asked for, so that what is missing shows.",
		formats: []string{"table", "json"},
		flags: append(projectFlags(),
			&cli.StringFlag{Name: "platform", Usage: "list the composition's images for `OS/ARCH[/VARIANT]`, instead of the portable ones"},
		),
		run: func(c call) error {
			places, err := t.places(c)
			if err != nil {
				return err
			}
			images, err := c.session.Images(c.ctx, places)
			if err != nil {
				return err
			}
			if c.format == "json" {
				return t.printJSON(images)
			}
			return t.table(func(row printRow) {
				row("SERVICE\tIMAGE\tDIGEST\tPLATFORMS")
				for _, i := range images {
					row("%s\t%s\t%s\t%s", i.Service, i.Reference, i.Digest, strings.Join(i.Platforms, ", "))
				}
			})
		},
	})
}

// places are where the project or the composition names images.
func (t *terminal) places(c call) ([]compose.Image, error) {
	if len(c.args) == 0 {
		source, err := t.projectOptions(c.flags)
		if err != nil {
			return nil, err
		}
		project, err := t.project(c.ctx, source)
		if err != nil {
			return nil, err
		}
		return project.Images, nil
	}
	at, err := t.location(c, c.args[0])
	if err != nil {
		return nil, err
	}
	platform, err := t.platformOrDefault(c.flags)
	if err != nil {
		return nil, err
	}
	return c.session.Places(c.ctx, at, platform)
}
