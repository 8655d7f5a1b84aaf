package commands

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/report"
)

func newVersion(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:     "version",
		Usage:    "print the version, the commit and the Go version",
		Examples: []string{"ocompose version"},
		Outputs:  []string{"json"},
		Document: report.Build{},
		Local:    true,
		Run: func(c program.Call) error {
			b := terminal.BuildInfo()
			if c.Output == "json" {
				return t.PrintJSON(b)
			}
			return t.Print(fmt.Sprintf("ocompose %s, commit %s, %s, %s", b.Version, b.Commit, b.Go, b.Platform))
		},
	})
}
