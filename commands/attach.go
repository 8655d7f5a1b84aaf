package commands

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
)

func newAttach(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "attach",
		Usage:     "package a Compose project and attach it to a container image",
		ArgsUsage: "IMAGE",
		Description: "Pushes the package into IMAGE's repository with IMAGE as its subject: it is found\n" +
			"from the image's tag, index digest and platform digests, and the image stays as it\n" +
			"is. The services that run IMAGE are pointed at it; they are found by its digest, or\n" +
			"named with --service.",
		Flags: slices.Concat(projectFlags(), packageFlags(), networkFlags(), outputFlags("json"), []cli.Flag{
			&cli.StringSliceFlag{Name: "service", Usage: "service `NAME` runs the image; again for more"},
			&cli.StringFlag{Name: "tag", Usage: "tag the package with `TAG` as well"},
		}),
		Action: func(c *cli.Context) error {
			format, err := t.begin(c, "json")
			if err != nil {
				return err
			}
			args, err := arguments(c, "IMAGE")
			if err != nil {
				return err
			}
			image, err := parseReference(args[0])
			if err != nil {
				return err
			}
			remote, err := t.remote(c)
			if err != nil {
				return err
			}
			project, err := t.project(c)
			if err != nil {
				return err
			}
			spec, err := t.spec(c, project)
			if err != nil {
				return err
			}
			if spec, err = remote.SpecFor(c.Context, spec, image, c.StringSlice("service")); err != nil {
				return err
			}
			return t.push(c, remote, spec, artifact.PushOptions{Tag: c.String("tag")}, format)
		},
	}
}
