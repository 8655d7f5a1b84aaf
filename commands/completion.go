package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/completion"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
)

func newCompletion(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "completion",
		Usage: "print a completion script for a shell",
		Args:  "SHELL",
		Description: "SHELL is bash, zsh, fish or powershell. The script completes commands, flags and their\n" +
			"values, the tags of a repository and the services of the project here. Its first lines\n" +
			"say where to put it.",
		Examples: []string{"ocompose completion bash > ocompose.bash"},
		Local:    true,
		Run: func(c program.Call) error {
			script, ok := completion.Script(c.Args[0])
			if !ok {
				return usage.Insteadf("completion %q: there is one for bash, zsh, fish and powershell", c.Args[0])
			}
			_, err := t.Stdout.Write(script)
			return err
		},
	})
}
