package commands

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
)

func newCopy(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "copy",
		Usage:     "copy a composition to another repository",
		ArgsUsage: "SRC DST",
		Description: "A loose composition keeps every digest; with --bundle its images are copied too and\n" +
			"its compose file points at DST. A bundled one stays bundled, at DST. An attached one\n" +
			"takes its subject along.",
		Flags: slices.Concat(networkFlags(), outputFlags("json"), []cli.Flag{
			&cli.BoolFlag{Name: "bundle", Usage: "copy the images too and point the compose file at them"},
			&cli.BoolFlag{Name: "tag-images", Usage: "tag every image too, for registries whose clean-up takes what has no tag"},
			repairFlag(),
		}),
		Action: func(c *cli.Context) error {
			format, err := t.begin(c, "json")
			if err != nil {
				return err
			}
			args, err := arguments(c, "SRC", "DST")
			if err != nil {
				return err
			}
			src, err := parseReference(args[0])
			if err != nil {
				return err
			}
			repo, tag, err := parseTarget(args[1])
			if err != nil {
				return err
			}
			remote, err := t.remote(c)
			if err != nil {
				return err
			}
			copied, err := remote.Copy(c.Context, src, repo, artifact.CopyOptions{
				PushOptions: artifact.PushOptions{Tag: tag, TagImages: c.Bool("tag-images"), Repair: c.Bool("repair")},
				Bundle:      c.Bool("bundle"),
			})
			if err != nil {
				return err
			}
			return t.printMade(describeMade(copied.Package, copied.Digest, copied.Tag), format)
		},
	}
}
