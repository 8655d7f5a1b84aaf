package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/report"
)

func newCopy(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "copy",
		Usage: "copy a composition to another repository or an image layout",
		Args:  "SRC DST",
		Description: "A loose composition keeps every digest; with --bundle its images are copied too, and its\n" +
			"Compose file points at DST. A bundle stays a bundle and points at DST. An attached\n" +
			"composition is copied with its subject. SRC and DST may be oci-layout:PATH[:TAG], a\n" +
			"folder: a copy in a folder is unchanged and includes the images of its repository. With\n" +
			"--platform, content for other platforms is omitted.",
		Examples: []string{"ocompose copy registry.example.com/shop:1.1 registry.example.com/customer/shop:1.1", "ocompose copy registry.example.com/shop:1.1 oci-layout:backup:1.1"},
		Outputs:  []string{"json"},
		Document: report.Made{},
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "platform", Usage: "copy only the content for `OS/ARCH[/VARIANT]`; repeat it or use commas for more"},
			&cli.BoolFlag{Name: "bundle", Usage: "copy the images too and point the Compose file at them"},
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
			options := publish.CopyOptions{PushOptions: flags.PushOptions(c.Flags, tag, tags...), Bundle: c.Flags.Bool("bundle"), Flat: c.Flags.Bool("flat")}
			if options.Platforms, err = flags.Platforms(c.Flags); err != nil {
				return err
			}
			if options.As, err = flags.As(c.Flags); err != nil {
				return err
			}
			copied, err := publish.Copy(c.Ctx, c.Session, src, to, options)
			if err != nil {
				return err
			}
			return show.Copied(t, copied, c.Output)
		},
	})
}
