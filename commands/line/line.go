// Package line parses the command line and converts it for the command line library.
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

// ForLibrary returns a line in a form that the library reads without ambiguity:
// the command, its flags as --name=value, "--" and the arguments.
func ForLibrary(app *cli.App, line cmdline.Line) []string {
	out := []string{app.Name, line.Command}
	for _, s := range line.Settings {
		out = append(out, "--"+s.Name+"="+s.Value)
	}
	return append(append(out, "--"), line.Args...)
}

// Program describes the application to the command line parser.
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

// Flag describes a flag to the command line parser.
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

// FlagNames returns the names of a flag. The library's own function matches a regular
// expression for each flag, which takes most of the program's start time.
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

// listFlags are the flags whose values can be separated by commas: their values never
// contain a comma.
func listFlags() []string {
	return []string{"platform", "profile", "service", "image", "insecure-registry", "referrers"}
}

// wrongLine converts an error of the parser to a usage error.
func wrongLine(err error) error {
	var e *cmdline.Error
	if !errors.As(err, &e) {
		return err
	}
	return &usage.Error{Text: e.Text, Command: e.Command, Complete: e.Suggests}
}
