package commands

import (
	"github.com/urfave/cli/v2"
)

func newUp(t *terminal) *cli.Command {
	return t.build(command{
		name:  "up",
		usage: "run a composition with Docker Compose, or update what runs",
		args:  "REF [ARG]...",
		description: "Pulls the files of the composition for the engine's platform, verified, into a cache and\n" +
			"from there into a folder of the application's own, and runs docker compose up with them.\n" +
			"What follows -- are arguments of docker compose up. When the tag has moved since, it says\n" +
			"what changes and takes the new version; where no registry answers, it runs what it has.",
		examples: []string{
			"ocompose up -d registry.example.com/shop:1.0",
			"ocompose up registry.example.com/shop:1.0 -- --wait --pull always",
		},
		flags: append(runFlags(),
			&cli.BoolFlag{Name: "detach", Aliases: []string{"d"}, Usage: "leave it running in the background"},
		),
		run: func(c call) error {
			arguments := c.args[1:]
			if c.flags.Bool("detach") {
				arguments = append([]string{"--detach"}, arguments...)
			}
			return t.compose(c, true, append([]string{"up"}, arguments...))
		},
	})
}

func newCompose(t *terminal) *cli.Command {
	return t.build(command{
		name:  "compose",
		usage: "run any command of Docker Compose on a composition",
		args:  "REF [ARG]...",
		description: "Runs docker compose with what follows -- on the files of a composition, such as ps, logs\n" +
			"or down, as ocompose up runs up. It takes the files that are there from before, whatever\n" +
			"the tag points at now; --update looks the tag up, as ocompose up does.",
		examples: []string{
			"ocompose compose registry.example.com/shop:1.0 -- logs --follow",
			"ocompose compose registry.example.com/shop:1.0 -- down",
		},
		flags: append(runFlags(),
			&cli.BoolFlag{Name: "update", Usage: "look the tag up in the registry, and take what it points at"},
		),
		apart: [][2]string{{"offline", "update"}},
		run: func(c call) error {
			if len(c.args) == 1 {
				return usagef("compose: which command of Docker Compose? For example: -- ps")
			}
			return t.compose(c, c.flags.Bool("update"), c.args[1:])
		},
	})
}

// runFlags are those of the commands that run compositions.
func runFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "platform", Usage: "take the composition for `OS/ARCH[/VARIANT]`, not for the engine's platform"},
		&cli.StringFlag{Name: "project-name", Aliases: []string{"p"}, Usage: "call the application `NAME`, rather than as its files or its repository do"},
		&cli.StringFlag{Name: "folder", Usage: "keep its files in `DIR`, rather than in a folder of its name for the user's data"},
		&cli.StringSliceFlag{Name: "env-file", Usage: "read the variables of `FILE`, now and later, rather than those of .env in the application's folder"},
		&cli.StringSliceFlag{Name: "profile", Usage: "run the services of profile `NAME` as well, now and later"},
		&cli.BoolFlag{Name: "offline", Usage: "ask no registry for the files: take those in the cache"},
		signatureFlag(),
		&cli.BoolFlag{Name: "force", Usage: "replace files that were changed since, and those of another application"},
		&cli.BoolFlag{Name: "allow-hidden", Usage: "write files that other programs read or run by themselves, such as .bashrc"},
	}
}
