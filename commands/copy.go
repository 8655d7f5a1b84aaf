package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
)

func newCopy(t *terminal) *cli.Command {
	return t.build(command{
		name:  "copy",
		usage: "copy a composition to another repository or an image layout",
		args:  "SRC DST",
		description: "A loose composition keeps every digest; with --bundle its images are copied as well, and\n" +
			"its Compose file points at DST. A bundled one stays bundled, at DST. An attached one\n" +
			"takes its subject along. SRC and DST may be oci-layout:PATH[:TAG], a folder: what is\n" +
			"copied there is not changed, and has the images of its repository. With --platform, what\n" +
			"other platforms need is left out.",
		examples: []string{"ocompose copy registry.example.com/shop:1.1 registry.example.com/customer/shop:1.1", "ocompose copy registry.example.com/shop:1.1 oci-layout:backup:1.1"},
		formats:  []string{"json"},
		document: report.Made{},
		flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "platform", Usage: "copy only what `OS/ARCH[/VARIANT]` needs; repeat it or use commas for more"},
			&cli.BoolFlag{Name: "bundle", Usage: "copy the images too and point the compose file at them"},
			referrersFlag(),
			flatFlag(),
			portableTagFlag(),
			asFlag(),
			tagImagesFlag(),
			repairFlag(),
			forceFlag(),
		},
		run: func(c call) error {
			src, err := t.location(c, c.args[0])
			if err != nil {
				return err
			}
			dst, tags, err := splitTags(c.args[1])
			if err != nil {
				return err
			}
			to, tag, err := t.destination(c, dst)
			if err != nil {
				return err
			}
			options := action.CopyOptions{PushOptions: pushOptions(c.flags, tag, tags...), Bundle: c.flags.Bool("bundle"), Flat: c.flags.Bool("flat")}
			if options.Platforms, err = platforms(c.flags); err != nil {
				return err
			}
			if options.As, err = as(c.flags); err != nil {
				return err
			}
			copied, err := c.session.Copy(c.ctx, src, to, options)
			if err != nil {
				return err
			}
			return t.printCopied(copied, c.format)
		},
	})
}
