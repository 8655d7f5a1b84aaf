package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action/pull"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/unpack"
)

func newPull(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "pull",
		Usage: "write the files of a composition into a folder",
		Args:  "REF",
		Description: "Writes the files of the composition for this machine's platform, or else the portable\n" +
			"one, and prints the paths of the Compose files in the order for docker compose -f. All\n" +
			"files after the first are joined into compose.override.yaml, so that docker compose up\n" +
			"uses the pins; image-digests.yaml is written too. Warns if this machine lacks files that\n" +
			"the application needs. All content is verified. Nothing is written outside the folder.",
		Examples: []string{"ocompose pull --directory device registry.example.com/shop:1.0"},
		Outputs:  []string{"json"},
		Document: report.Pulled{},
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "directory", Aliases: []string{"d"}, Usage: "write into `DIR`", Value: "."},
			&cli.StringFlag{Name: "platform", Usage: "pull the composition for `OS/ARCH[/VARIANT]`"},
			flags.Signature(),
			&cli.BoolFlag{Name: "force", Usage: "replace files that have other content"},
			&cli.BoolFlag{Name: "allow-hidden", Usage: "write files that other programs read or run automatically, such as .bashrc"},
			&cli.StringFlag{Name: "max-size", Usage: "write files of up to `SIZE` bytes in total", Value: "1GiB"},
		},
		Run: func(c program.Call) error {
			at, err := c.Location(c.Args[0])
			if err != nil {
				return err
			}
			platform, err := flags.PlatformOrDefault(t, c.Flags)
			if err != nil {
				return err
			}
			dir := c.Flags.String("directory")
			options := unpack.Options{Dir: t.Path(dir), Force: c.Flags.Bool("force"), AllowHidden: c.Flags.Bool("allow-hidden")}
			if options.MaxSize, err = flags.Size(c.Flags, "max-size"); err != nil {
				return err
			}
			if at, _, err = c.CheckSignature(at, ""); err != nil {
				return err
			}
			composition, err := c.SelectComposition(at, platform)
			if err != nil {
				return err
			}
			pulled, err := pull.Unpack(c.Ctx, c.Session, at.Store, composition, options)
			if err != nil {
				return err
			}
			return show.Pulled(t, dir, at, composition, pulled, c.Output)
		},
	})
}
