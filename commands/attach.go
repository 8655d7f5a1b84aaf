package commands

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

func newAttach(t *terminal) *cli.Command {
	return t.build(command{
		name:  "attach",
		usage: "package a Compose project and attach it to a container image",
		args:  "IMAGE",
		description: "Pushes the package into IMAGE's repository with IMAGE as its subject, so that it can be\n" +
			"found from the image's tag, its index digest and the digest of each platform. The image\n" +
			"itself is not changed. The services that run IMAGE are found by its digest, or named\n" +
			"with --service.",
		examples: []string{"ocompose attach --tag app registry.example.com/images/web:1.0"},
		formats:  []string{"json"},
		document: report.Made{},
		apart:    [][2]string{{"dry-run", "repair"}, {"no-portable", "portable-tag"}},
		flags: slices.Concat(projectFlags(), packageFlags(), []cli.Flag{
			&cli.StringSliceFlag{Name: "service", Usage: "service `NAME` runs the image; repeat it or use commas for more"},
			&cli.StringFlag{Name: "tag", Usage: "tag the package with `TAG` as well"},
		}),
		run: func(c call) error {
			image, err := parseReference(c.args[0])
			if err != nil {
				return err
			}
			options, err := t.packageOptions(c.flags)
			if err != nil {
				return err
			}
			if err := nameRepository(c.flags, &options, image.Context()); err != nil {
				return err
			}
			source, err := t.projectOptions(c)
			if err != nil {
				return err
			}
			push := pushOptions(c.flags, c.flags.String("tag"))
			end, err := t.fromDocker(c, &source, &push)
			if err != nil {
				return err
			}
			defer end()
			registry := c.session.Registry(image.Context())
			c.session.PingEarly(c.ctx, registry)
			var target store.Target = registry
			if c.flags.Bool("dry-run") {
				target = store.NewDryRun(artifact.RepositoryName(image.Context()))
			}
			project, err := t.project(c.ctx, source)
			if err == nil {
				project, err = t.locked(c, project)
			}
			if err != nil {
				return err
			}
			pushed, err := c.session.Attach(c.ctx, image, target, project, c.flags.StringSlice("service"), options, push)
			if err != nil {
				return err
			}
			return t.printPushed(pushed, c)
		},
	})
}
