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
		Action: t.network("json", "SRC DST", func(c call) error {
			src, err := parseReference(c.args[0])
			if err != nil {
				return err
			}
			repo, tag, err := parseTarget(c.args[1])
			if err != nil {
				return err
			}
			c.meet(repo)
			copied, err := c.remote.Copy(c.ctx, src, repo, artifact.CopyOptions{
				PushOptions: artifact.PushOptions{Tag: tag, TagImages: c.flags.Bool("tag-images"), Repair: c.flags.Bool("repair")},
				Bundle:      c.flags.Bool("bundle"),
			})
			if err != nil {
				return err
			}
			return t.printMade(describeMade(copied.Package, copied.Digest, copied.Tag), c.format)
		}),
	}
}
