package commands

import (
	"cmp"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
)

func newPush(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "push",
		Usage:     "package a Compose project and push it",
		ArgsUsage: "REF",
		Description: "Reads the Compose project that docker compose would read here, pins every image to\n" +
			"the digest that it has now, and pushes one composition a platform under REF. The\n" +
			"compose file goes as it is, with image-digests.yaml beside it; with --bundle the\n" +
			"images are copied into REF's repository and the compose file points at them.",
		Flags: slices.Concat(projectFlags(), packageFlags(), networkFlags(), outputFlags("json")),
		Action: func(c *cli.Context) error {
			format, err := t.begin(c, "json")
			if err != nil {
				return err
			}
			args, err := arguments(c, "REF")
			if err != nil {
				return err
			}
			repo, tag, err := parseTarget(args[0])
			if err != nil {
				return err
			}
			remote, err := t.remote(c)
			if err != nil {
				return err
			}
			project, err := t.project(c)
			if err != nil {
				return err
			}
			spec, err := t.spec(c, project)
			if err != nil {
				return err
			}
			spec.Target = repo
			if spec, err = remote.Spec(c.Context, spec); err != nil {
				return err
			}
			return t.push(c, remote, spec, artifact.PushOptions{Tag: cmp.Or(tag, "latest")}, format)
		},
	}
}
