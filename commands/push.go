package commands

import (
	"cmp"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/store"
)

func newPush(t *terminal) *cli.Command {
	return t.build(command{
		name:  "push",
		usage: "package a Compose project and push it",
		args:  "REF",
		description: "Reads the Compose project that docker compose would read here, pins every image to\n" +
			"the digest that it has now, and pushes one composition a platform under REF. The\n" +
			"compose file goes as it is, with image-digests.yaml beside it; with --bundle the\n" +
			"images are copied into REF's repository and the compose file points at them. REF may\n" +
			"have several tags, such as registry.example/shop:1.2,1,latest. --format margo makes a Compose\n" +
			"component for Margo, whose version is the tag, and --format flightctl a composition that\n" +
			"Flight Control reads as well.",
		formats: []string{"json"},
		flags:   slices.Concat(projectFlags(), packageFlags(), []cli.Flag{formatFlag()}),
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
			source, err := t.projectOptions(c.flags)
			if err != nil {
				return err
			}
			if err := t.callIt(c.flags, &options, repo); err != nil {
				return err
			}
			if err := formatOptions(c.flags, cmp.Or(tag, "latest"), &options, &source); err != nil {
				return err
			}
			var target store.Target = c.session.Registry(repo)
			if c.flags.Bool("dry-run") {
				target = store.NewDryRun(artifact.RepositoryName(repo))
			}
			c.session.PingEarly(c.ctx, target)
			project, err := t.project(c.ctx, source)
			if err == nil {
				project, err = t.locked(c, project)
			}
			if err != nil {
				return err
			}
			pushed, err := c.session.Push(c.ctx, target, project, options, pushOptions(c.flags, cmp.Or(tag, "latest"), tags...))
			if err != nil {
				return err
			}
			return t.printPushed(pushed, c)
		},
	})
}
