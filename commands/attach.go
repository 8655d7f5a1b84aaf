package commands

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/deploy"
	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

func newAttach(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "attach",
		Usage: "package a Compose project and attach it to a container image",
		Args:  "IMAGE",
		Description: "Pushes the package into IMAGE's repository with IMAGE as its subject, so that it can be\n" +
			"found from the image's tag, its index digest and the digest of each platform. The image\n" +
			"itself is not changed. The services that run IMAGE are found by its digest, or named\n" +
			"with --service.",
		Examples: []string{"ocompose attach --tag app registry.example.com/images/web:1.0"},
		Outputs:  []string{"json"},
		Document: report.Made{},
		Apart:    [][2]string{{"dry-run", "repair"}, {"no-portable", "portable-tag"}},
		Flags: slices.Concat(flags.Project(), flags.Package(), []cli.Flag{
			&cli.StringSliceFlag{Name: "service", Usage: "service `NAME` runs the image; repeat it or use commas for more"},
			&cli.StringFlag{Name: "tag", Usage: "also tag the package with `TAG`"},
		}),
		Run: func(c program.Call) error {
			image, err := flags.ParseReference(c.Args[0])
			if err != nil {
				return err
			}
			options, err := flags.PackageOptions(t, c.Flags)
			if err != nil {
				return err
			}
			if err := flags.NameRepository(c.Flags, &options, image.Context()); err != nil {
				return err
			}
			source, err := c.ProjectOptions()
			if err != nil {
				return err
			}
			source.PinIncluded = options.Mode == artifact.Loose
			push := flags.PushOptions(c.Flags, c.Flags.String("tag"))
			end, err := deploy.FromDocker(t, c, &source, &push)
			if err != nil {
				return err
			}
			defer end()
			registry := c.Session.Registry(image.Context())
			c.Session.PingEarly(c.Ctx, registry)
			var target store.Target = registry
			if c.Flags.Bool("dry-run") {
				target = store.NewDryRun(artifact.RepositoryName(image.Context()))
			}
			project, err := program.LoadProject(c, t, source, push.Engine)
			if err == nil {
				project, err = applyLock(t, c, project)
			}
			if err != nil {
				return err
			}
			pushed, err := publish.Attach(c.Ctx, c.Session, image, target, project, c.Flags.StringSlice("service"), options, push)
			if err != nil {
				return err
			}
			return show.Pushed(t, pushed, c)
		},
	})
}
