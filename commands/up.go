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
		Usage: "run a composition with Docker Compose, or update it",
		Args:  "REF [ARG]...",
		Description: "Pulls and verifies the files of the composition for the engine's platform, in a folder\n" +
			"for this application, and runs docker compose up there. Arguments after -- are passed to\n" +
			"docker compose up. If the tag has moved since the last run, it prints what changes and\n" +
			"runs the new version. If the registry can't be reached, it runs the version it has. The\n" +
			"project name is the one in the Compose file, or else the last part of the repository's\n" +
			"name. A file that was saved from a repository updates the application of the repository.",
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
		Usage: "run any Docker Compose command on a composition",
		Args:  "REF [ARG]...",
		Description: "Runs docker compose with the arguments after --, such as ps, logs or down, on the files\n" +
			"that ocompose up uses. It keeps the current version, even if the tag has moved; with\n" +
			"--update, it looks up the tag, like ocompose up.",
		Examples: []string{
			"ocompose compose registry.example.com/shop:1.0 -- logs --follow",
			"ocompose compose registry.example.com/shop:1.0 -- down",
		},
		Flags: append(runFlags(),
			&cli.BoolFlag{Name: "update", Usage: "use the version that the tag points at now"},
		),
		Apart: [][2]string{{"offline", "update"}},
		Run: func(c program.Call) error {
			if len(c.Args) == 1 {
				return usage.Errorf("compose: a Docker Compose command is missing, for example -- ps")
			}
			return deploy.Compose(t, c, c.Flags.Bool("update"), c.Args[1:])
		},
	})
}

// runFlags are the flags of the commands that run compositions.
func runFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "platform", Usage: "run the composition for `OS/ARCH[/VARIANT]` instead of the one for the engine's platform"},
		&cli.StringFlag{Name: "project-name", Aliases: []string{"p"}, Usage: "use the project name `NAME`, instead of the one in the Compose file or of the repository"},
		&cli.StringFlag{Name: "folder", Usage: "keep the application's files in `DIR` instead of the user's data folder"},
		&cli.StringSliceFlag{Name: "env-file", Usage: "read variables from `FILE` instead of .env in the application's folder, now and in later runs"},
		&cli.StringSliceFlag{Name: "profile", Usage: "also run the services of profile `NAME`, now and in later runs"},
		&cli.BoolFlag{Name: "offline", Usage: "use the cached files, without a request to the registry"},
		flags.Signature(),
		&cli.BoolFlag{Name: "force", Usage: "replace modified files, and files of another application"},
		&cli.BoolFlag{Name: "allow-hidden", Usage: "write files that other programs read or run automatically, such as .bashrc"},
	}
}
