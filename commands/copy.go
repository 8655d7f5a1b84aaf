package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
)

func newCopy(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "copy",
		Usage: "copy a composition to another repository or an image layout",
		Args:  "SRC DST",
		Description: "A loose composition keeps every digest; with --bundle its images are copied as well, and\n" +
			"its Compose file points at DST. A bundled one stays bundled, at DST. An attached one\n" +
			"takes its subject along. SRC and DST may be oci-layout:PATH[:TAG], a folder: what is\n" +
			"copied there is not changed, and has the images of its repository. With --platform, what\n" +
			"other platforms need is left out.",
		Examples: []string{"ocompose copy registry.example.com/shop:1.1 registry.example.com/customer/shop:1.1", "ocompose copy registry.example.com/shop:1.1 oci-layout:backup:1.1"},
		Formats:  []string{"json"},
		Document: report.Made{},
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "platform", Usage: "copy only what `OS/ARCH[/VARIANT]` needs; repeat it or use commas for more"},
			&cli.BoolFlag{Name: "bundle", Usage: "copy the images too and point the compose file at them"},
			flags.Referrers(),
			flags.Flat(),
			flags.PortableTag(),
			flags.AsFlag(),
			flags.TagImages(),
			flags.Repair(),
			flags.Force(),
		},
		Run: func(c program.Call) error {
			src, err := c.Location(c.Args[0])
			if err != nil {
				return err
			}
			dst, tags, err := flags.SplitTags(c.Args[1])
			if err != nil {
				return err
			}
			to, tag, err := c.Destination(dst)
			if err != nil {
				return err
			}
			options := action.CopyOptions{PushOptions: flags.PushOptions(c.Flags, tag, tags...), Bundle: c.Flags.Bool("bundle"), Flat: c.Flags.Bool("flat")}
			if options.Platforms, err = flags.Platforms(c.Flags); err != nil {
				return err
			}
			if options.As, err = flags.As(c.Flags); err != nil {
				return err
			}
			copied, err := c.Session.Copy(c.Ctx, src, to, options)
			if err != nil {
				return err
			}
			return show.Copied(t, copied, c.Format)
		},
	})
}
