package commands

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/action/inspect"
	"github.com/ocompose/ocompose/internal/report"
)

func newImages(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "images",
		Usage: "list the resolved images of a project or a composition",
		Args:  "[REF]",
		Description: "With REF, lists the images of the composition; without, the images of the local Compose\n" +
			"project. Every image is looked up, so missing images are reported. With --quiet, prints\n" +
			"only digest references.",
		Examples: []string{"ocompose images", "ocompose images --quiet registry.example.com/shop:1.0"},
		Outputs:  []string{"table", "json"},
		Document: []report.Image{},
		Flags: append(flags.Project(),
			&cli.StringFlag{Name: "platform", Usage: "list the composition's images for `OS/ARCH[/VARIANT]`, instead of the portable ones"},
		),
		Run: func(c program.Call) error {
			if err := oneSource(c); err != nil {
				return err
			}
			images, err := listImages(t, c)
			if err != nil {
				return err
			}
			if c.Output == "json" {
				return t.PrintJSON(images)
			}
			if t.Quiet && c.Output == "" {
				return t.Print(show.ImageReferences(images)...)
			}
			return t.Table(func(row terminal.PrintRow) {
				row("SERVICE\tIMAGE\tDIGEST\tPLATFORMS")
				for _, i := range images {
					row("%s\t%s\t%s\t%s", i.Service, i.Name, i.Digest, strings.Join(i.Platforms, ", "))
				}
			})
		},
	})
}

// listImages resolves the images of the local project, or of the given composition.
func listImages(t *terminal.Terminal, c program.Call) ([]report.Image, error) {
	if len(c.Args) == 0 {
		source, err := c.ProjectOptions()
		if err != nil {
			return nil, err
		}
		project, err := program.LoadProject(c, t, source, nil)
		if err != nil {
			return nil, err
		}
		return inspect.Images(c.Ctx, c.Session, project.Images)
	}
	platform, err := flags.PlatformOrDefault(t, c.Flags)
	if err != nil {
		return nil, err
	}
	at, err := c.Location(c.Args[0])
	if err != nil {
		return nil, err
	}
	return inspect.ImagesOf(c.Ctx, c.Session, at, platform)
}

// oneSource checks that the flags apply to the source of the list: the local Compose
// project, or the given composition.
func oneSource(c program.Call) error {
	if len(c.Args) == 0 {
		if c.Flags.IsSet("platform") {
			return usage.Insteadf("--platform selects a composition of REF: without REF, images lists the project's images for all platforms")
		}
		return nil
	}
	for _, f := range flags.Project() {
		if name := f.Names()[0]; c.Flags.IsSet(name) {
			return usage.Insteadf("--%s applies to a project, but %s is a composition: leave out one", name, c.Args[0])
		}
	}
	return nil
}
