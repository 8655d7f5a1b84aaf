package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/deploy"
	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
)

func newUp(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "up",
		Usage: "run a composition with Docker Compose, or update what runs",
		Args:  "REF [ARG]...",
		Description: "Pulls the files of the composition for the engine's platform into a folder of the\n" +
			"application's own, verified, and runs docker compose up on them. Arguments after -- go to\n" +
			"docker compose up. If the tag has moved since the last time, it prints what changes and\n" +
			"runs the new version; if no registry answers, it runs the version that it has.",
		Examples: []string{
			"ocompose up -d registry.example.com/shop:1.0",
			"ocompose up registry.example.com/shop:1.0 -- --wait --pull always",
		},
		Flags: append(runFlags(),
			&cli.BoolFlag{Name: "detach", Aliases: []string{"d"}, Usage: "leave it running in the background"},
		),
		Run: func(c program.Call) error {
			arguments := c.Args[1:]
			if c.Flags.Bool("detach") {
				arguments = append([]string{"--detach"}, arguments...)
			}
			return deploy.Compose(t, c, true, append([]string{"up"}, arguments...))
		},
	})
}

func newCompose(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "compose",
		Usage: "run any command of Docker Compose on a composition",
		Args:  "REF [ARG]...",
		Description: "Runs docker compose with the arguments after --, such as ps, logs or down, on the files\n" +
			"that ocompose up uses. It keeps the version that is there, whatever the tag points at now;\n" +
			"with --update, it looks the tag up, as ocompose up does.",
		Examples: []string{
			"ocompose compose registry.example.com/shop:1.0 -- logs --follow",
			"ocompose compose registry.example.com/shop:1.0 -- down",
		},
		Flags: append(runFlags(),
			&cli.BoolFlag{Name: "update", Usage: "look the tag up in the registry, and take what it points at"},
		),
		Apart: [][2]string{{"offline", "update"}},
		Run: func(c program.Call) error {
			if len(c.Args) == 1 {
				return usage.Errorf("compose: which command of Docker Compose? For example: -- ps")
			}
			return deploy.Compose(t, c, c.Flags.Bool("update"), c.Args[1:])
		},
	})
}

// runFlags are those of the commands that run compositions.
func runFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "platform", Usage: "run the composition for `OS/ARCH[/VARIANT]` instead of the one for the engine's platform"},
		&cli.StringFlag{Name: "project-name", Aliases: []string{"p"}, Usage: "call the application `NAME` instead of what its files or its repository call it"},
		&cli.StringFlag{Name: "folder", Usage: "keep the application's files in `DIR` instead of the user's data folder"},
		&cli.StringSliceFlag{Name: "env-file", Usage: "read variables from `FILE` instead of .env in the application's folder, now and in later runs"},
		&cli.StringSliceFlag{Name: "profile", Usage: "run the services of profile `NAME` as well, now and in later runs"},
		&cli.BoolFlag{Name: "offline", Usage: "do not ask the registry for the files: take those in the cache"},
		flags.Signature(),
		&cli.BoolFlag{Name: "force", Usage: "replace files that somebody changed, and those of another application"},
		&cli.BoolFlag{Name: "allow-hidden", Usage: "write files that other programs read or run by themselves, such as .bashrc"},
	}
}
