package commands

import (
	"cmp"
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

func newPush(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "push",
		Usage: "package a Compose project and push it",
		Args:  "REF",
		Description: "Reads the Compose project that docker compose would read here, pins every image to its\n" +
			"current digest, and pushes one composition per platform to REF. The Compose file is\n" +
			"packaged unchanged, with image-digests.yaml next to it; with --bundle, the images are\n" +
			"copied into REF's repository, and the Compose file points there. REF may have several\n" +
			"tags, separated by commas. --format margo creates a Compose component for Margo with the\n" +
			"tag as its version; --format flightctl, a composition that Flight Control can read too.",
		Examples:       []string{"ocompose push registry.example.com/shop:1.0", "ocompose push registry.example.com/shop:1.2,1,latest", "ocompose push --bundle --platform linux/amd64,linux/arm64 registry.example.com/shop:1.1"},
		Outputs:        []string{"json"},
		Document:       report.Made{},
		Apart:          [][2]string{{"dry-run", "repair"}, {"no-portable", "portable-tag"}},
		PackageFormats: flags.PackageFormats(),
		Flags:          slices.Concat(flags.Project(), flags.Package()),
		Run: func(c program.Call) error {
			ref, tags, err := flags.SplitTags(c.Args[0])
			if err != nil {
				return err
			}
			repo, tag, err := flags.ParseTarget(ref)
			if err != nil {
				return err
			}
			options, err := flags.PackageOptions(t, c.Flags)
			if err != nil {
				return err
			}
			source, err := c.ProjectOptions()
			if err != nil {
				return err
			}
			source.PinIncluded = options.Mode == artifact.Loose
			if err := flags.NameRepository(c.Flags, &options, repo); err != nil {
				return err
			}
			if err := flags.FormatOptions(c.Flags, append([]string{cmp.Or(tag, "latest")}, tags...), &options, &source); err != nil {
				return err
			}
			var target store.Target = c.Session.Registry(repo)
			if c.Flags.Bool("dry-run") {
				target = store.NewDryRun(artifact.RepositoryName(repo))
			}
			push := flags.PushOptions(c.Flags, cmp.Or(tag, "latest"), tags...)
			end, err := deploy.FromDocker(t, c, &source, &push)
			if err != nil {
				return err
			}
			defer end()
			c.Session.PingEarly(c.Ctx, target)
			project, err := program.LoadProject(c, t, source, push.Engine)
			if err == nil {
				project, err = applyLock(t, c, project)
			}
			if err != nil {
				return err
			}
			pushed, err := publish.Push(c.Ctx, c.Session, target, project, options, push)
			if err != nil {
				return err
			}
			return show.Pushed(t, pushed, c)
		},
	})
}
