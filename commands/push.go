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
		Action: t.network("json", "REF", func(c call) error {
			repo, tag, err := parseTarget(c.args[0])
			if err != nil {
				return err
			}
			spec, err := t.spec(c.flags)
			if err != nil {
				return err
			}
			dry := c.flags.Bool("dry-run")
			if !dry {
				c.meet(repo)
			}
			if spec.Project, err = t.project(c.flags); err != nil {
				return err
			}
			spec.Target = repo
			if spec, err = c.remote.Spec(c.ctx, spec, !dry); err != nil {
				return err
			}
			return t.push(c, spec, artifact.PushOptions{Tag: cmp.Or(tag, "latest")})
		}),
	}
}
