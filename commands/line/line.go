// Package line reads the command line in the form that the command line library takes.
package line

import (
	"errors"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/cmdline"
)

// Read reads the arguments after the program's name, and checks the values of flags.
func Read(app *cli.App, args []string) (cmdline.Line, error) {
	if len(args) == 1 && (args[0] == "--version" || args[0] == "-v") {
		args = []string{"version"}
	}
	line, err := Program(app).Parse(args)
	if err != nil {
		return line, wrongLine(err)
	}
	for _, s := range line.Settings {
		if err := flags.CheckValue(s.Name, s.Value); err != nil {
			return line, usage.OfCommand(line.Command, err)
		}
	}
	return line, nil
}

// ForLibrary is a line in the form that the library reads without decisions of its own:
// the command, its flags as --name=value, "--" and the arguments.
func ForLibrary(app *cli.App, line cmdline.Line) []string {
	out := []string{app.Name, line.Command}
	for _, s := range line.Settings {
		out = append(out, "--"+s.Name+"="+s.Value)
	}
	return append(append(out, "--"), line.Args...)
}

// Program is what the reader of command lines knows of the application.
func Program(app *cli.App) cmdline.Program {
	p := cmdline.Program{OtherCommands: OtherCommands(), OtherFlags: otherFlags()}
	for _, c := range app.Commands {
		command := cmdline.Command{Name: c.Name}
		for _, f := range c.Flags {
			command.Flags = append(command.Flags, Flag(f))
		}
		p.Commands = append(p.Commands, command)
	}
	return p
}

// Flag is what the reader of command lines knows of a flag.
func Flag(f cli.Flag) cmdline.Flag {
	names := FlagNames(f)
	flag := cmdline.Flag{Name: names[0], Kind: cmdline.Single}
	if len(names) > 1 {
		flag.Short = names[1]
	}
	switch f.(type) {
	case *cli.BoolFlag:
		flag.Kind = cmdline.Switch
	case *cli.StringSliceFlag:
		flag.Kind = cmdline.Multiple
		if slices.Contains(listFlags(), flag.Name) {
			flag.Kind = cmdline.List
		}
	}
	return flag
}

// FlagNames are the names of a flag. The library's own way to tell them matches a regular
// expression for each, which is most of the time that the program takes to start.
func FlagNames(f cli.Flag) []string {
	switch f := f.(type) {
	case *cli.BoolFlag:
		return append([]string{f.Name}, f.Aliases...)
	case *cli.StringFlag:
		return append([]string{f.Name}, f.Aliases...)
	case *cli.StringSliceFlag:
		return append([]string{f.Name}, f.Aliases...)
	default:
		return f.Names()
	}
}

// listFlags are the flags whose values may be separated by commas: what they take never
// has a comma in it.
func listFlags() []string {
	return []string{"platform", "profile", "service", "image", "insecure-registry", "referrers"}
}

// wrongLine makes a usage error of what is wrong with a command line.
func wrongLine(err error) error {
	var e *cmdline.Error
	if !errors.As(err, &e) {
		return err
	}
	return &usage.Error{Text: e.Text, Command: e.Command, Complete: e.Suggests}
}
