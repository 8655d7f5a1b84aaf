package commands

import (
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/help"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
)

func newMan(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "man",
		Usage: "write the manual pages",
		Args:  "DIR",
		Description: "Writes one page for the program and one for each command into DIR, which is created if\n" +
			"it is missing, and prints their paths. man finds them in the man1 folder of a MANPATH.",
		Examples: []string{"ocompose man share/man/man1"},
		Local:    true,
		Run: func(c program.Call) error {
			dir := c.Args[0]
			if err := program.CheckFolder(t, "DIR", dir, true); err != nil {
				return err
			}
			if err := os.MkdirAll(t.Path(dir), 0o755); err != nil {
				return err
			}
			app := newApp(&terminal.Terminal{})
			pages := map[string]string{"ocompose.1": help.ManPage(app, nil)}
			for _, command := range app.Commands {
				pages["ocompose-"+command.Name+".1"] = help.ManPage(app, command)
			}
			for _, name := range terminal.SortedKeys(pages) {
				if err := os.WriteFile(filepath.Join(t.Path(dir), name), []byte(pages[name]), 0o644); err != nil {
					return err
				}
				if err := t.Print(filepath.Join(dir, name)); err != nil {
					return err
				}
			}
			return nil
		},
	})
}
