package commands

import (
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
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
		Action: t.onReference("json", "IMAGE", func(c call, image name.Reference) error {
			spec, err := t.spec(c.flags)
			if err != nil {
				return err
			}
			c.meet(image.Context())
			if spec.Project, err = t.project(c.flags); err != nil {
				return err
			}
			if spec, err = c.remote.SpecFor(c.ctx, spec, image, c.flags.StringSlice("service")); err != nil {
				return err
			}
			return t.push(c, spec, artifact.PushOptions{Tag: c.flags.String("tag")})
		}),
	}
}
