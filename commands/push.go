package commands

import (
	"cmp"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

func newPush(t *terminal) *cli.Command {
	return t.build(command{
		name:  "push",
		usage: "package a Compose project and push it",
		args:  "REF",
		description: "Reads the Compose project that docker compose would read here, pins every image to its\n" +
			"current digest, and pushes one composition per platform to REF. The Compose file is\n" +
			"packaged unchanged, with image-digests.yaml beside it; with --bundle, the images are\n" +
			"copied into REF's repository, and the Compose file points there. REF may have several\n" +
			"tags, separated by commas. --format margo makes a Compose component for Margo, whose\n" +
			"version is the tag, and --format flightctl a composition that Flight Control reads too.",
		examples: []string{"ocompose push registry.example.com/shop:1.0", "ocompose push registry.example.com/shop:1.2,1,latest", "ocompose push --bundle --platform linux/amd64,linux/arm64 registry.example.com/shop:1.1"},
		formats:  []string{"json"},
		document: report.Made{},
		apart:    [][2]string{{"dry-run", "repair"}, {"no-portable", "portable-tag"}},
		kinds:    packageFormats(),
		flags:    slices.Concat(projectFlags(), packageFlags()),
		run: func(c call) error {
			ref, tags, err := splitTags(c.args[0])
			if err != nil {
				return err
			}
			repo, tag, err := parseTarget(ref)
			if err != nil {
				return err
			}
			options, err := t.packageOptions(c.flags)
			if err != nil {
				return err
			}
			source, err := t.projectOptions(c)
			if err != nil {
				return err
			}
			if err := nameRepository(c.flags, &options, repo); err != nil {
				return err
			}
			if err := formatOptions(c.flags, cmp.Or(tag, "latest"), &options, &source); err != nil {
				return err
			}
			var target store.Target = c.session.Registry(repo)
			if c.flags.Bool("dry-run") {
				target = store.NewDryRun(artifact.RepositoryName(repo))
			}
			push := pushOptions(c.flags, cmp.Or(tag, "latest"), tags...)
			end, err := t.fromDocker(c, &source, &push)
			if err != nil {
				return err
			}
			defer end()
			c.session.PingEarly(c.ctx, target)
			project, err := t.project(c.ctx, source)
			if err == nil {
				project, err = t.locked(c, project)
			}
			if err != nil {
				return err
			}
			pushed, err := c.session.Push(c.ctx, target, project, options, push)
			if err != nil {
				return err
			}
			return t.printPushed(pushed, c)
		},
	})
}
