package commands

import (
	"embed"

	"github.com/urfave/cli/v2"
)

//go:embed completion
var completionScripts embed.FS

// shells are the shells that there is a completion for, with their scripts.
func shells() map[string]string {
	return map[string]string{"bash": "ocompose.bash", "zsh": "ocompose.zsh", "fish": "ocompose.fish", "powershell": "ocompose.ps1"}
}

func newCompletion(t *terminal) *cli.Command {
	return t.build(command{
		name:  "completion",
		usage: "print a completion script for a shell",
		args:  "SHELL",
		description: "SHELL is bash, zsh, fish or powershell. The script completes commands, flags and their\n" +
			"values, the tags of a repository and the services of the project here. Its first lines\n" +
			"say where to put it.",
		examples: []string{"ocompose completion bash > ocompose.bash"},
		local:    true,
		run: func(c call) error {
			file, ok := shells()[c.args[0]]
			if !ok {
				return insteadf("completion %q: there is one for bash, zsh, fish and powershell", c.args[0])
			}
			script, err := completionScripts.ReadFile("completion/" + file)
			if err != nil {
				return err
			}
			_, err = t.Stdout.Write(script)
			return err
		},
	})
}
