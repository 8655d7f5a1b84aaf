// Package program defines commands: a Command has flags, arguments and a function that
// runs with a Call, which opens the references in the arguments.
package program

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/line"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/action/session"
)

// A Command defines a command.
type Command struct {
	Name, Usage string
	// Args are the arguments as shown in the help. Arguments in brackets are optional, and the
	// last can be repeated if it ends with dots.
	Args        string
	Description string
	// Document is an empty value of the JSON document that the command prints.
	Document any
	// DocumentWith are the documents that it prints instead, by the switch that selects them.
	DocumentWith map[string]any
	// Examples are command lines for the help.
	Examples []string
	// Outputs are the values of --output; the first is the default if the default is not a
	// document.
	Outputs []string
	// PackageFormats are values of --format that select what is created, not how it is printed.
	PackageFormats []string
	Flags          []cli.Flag
	// Apart are pairs of flags that can't be combined.
	Apart [][2]string
	// Needs are flags that require another flag.
	Needs map[string]string
	// OwnLogin is set if the command reads the login flags itself.
	OwnLogin bool
	// Local is set if the command sends no requests to a registry.
	Local bool
	Run   func(Call) error
}

// A Call is a parsed command line: the parts that all commands share.
type Call struct {
	t     *terminal.Terminal
	Ctx   context.Context
	Flags *cli.Context
	// Output is the value of --output, one of the command's outputs.
	Output string
	// Args are the arguments; their number has been checked.
	Args []string
	// references are the arguments that name something in a registry or a layout.
	references []string
	// ownLogin is the command's OwnLogin.
	ownLogin bool
	// Session accesses registries as the flags configure it; nil for a local command.
	Session *session.Session
}

// Build converts a command to the library's type.
func Build(t *terminal.Terminal, c Command) *cli.Command {
	flags := append(slices.Clone(c.Flags), OutputFlags(c)...)
	if !c.Local {
		flags = append(flags, NetworkFlags()...)
	}
	if c.OwnLogin {
		explainOwnLogin(flags)
	}
	sortFlags(flags)
	hasDocument(t, c)
	return &cli.Command{
		Name:         c.Name,
		Usage:        c.Usage,
		ArgsUsage:    c.Args,
		Description:  c.Description,
		Flags:        flags,
		OnUsageError: usage.FromLibrary,
		HideHelp:     true,
		UsageText:    strings.Join(c.Examples, "\n"), // an otherwise unused field
		Action: func(from *cli.Context) error {
			return usage.OfCommand(c.Name, call(t, from, c))
		},
	}
}

// sortFlags sorts flags by name.
func sortFlags(flags []cli.Flag) {
	names := make(map[cli.Flag]string, len(flags))
	for _, f := range flags {
		names[f] = line.FlagNames(f)[0]
	}
	slices.SortFunc(flags, func(a, b cli.Flag) int { return strings.Compare(names[a], names[b]) })
}

// call runs a command with the library's command line.
func call(t *terminal.Terminal, from *cli.Context, c Command) error {
	read, err := read(t, from, c)
	if err != nil {
		return err
	}
	if !c.Local && !c.OwnLogin {
		if read.Session, err = read.session(); err != nil {
			return err
		}
	}
	return c.Run(read)
}

// read reads the parts that all commands share: how to print, and the arguments.
func read(t *terminal.Terminal, from *cli.Context, c Command) (Call, error) {
	t.Command = c.Name
	t.Quiet = from.Bool("quiet")
	read := Call{t: t, ownLogin: c.OwnLogin, Ctx: from.Context, Flags: from, Output: from.String("output"), Args: from.Args().Slice()}
	if read.Output != "" && !slices.Contains(c.Outputs, read.Output) {
		return Call{}, usage.Insteadf("--output %q: %s supports %s%s", read.Output, c.Name, strings.Join(c.Outputs, ", "), c.whereFilesGo())
	}
	if err := readTemplate(t, c, &read); err != nil {
		return Call{}, err
	}
	if err := c.checkTogether(from); err != nil {
		return Call{}, err
	}
	if err := checkFolders(t, from); err != nil {
		return Call{}, err
	}
	names := strings.Fields(c.Args)
	for i, name := range names {
		if i >= len(read.Args) && !strings.HasPrefix(name, "[") {
			return Call{}, usage.Errorf("%s: %s is missing", c.Name, strings.TrimRight(name, "."))
		}
	}
	if len(read.Args) > len(names) && !strings.HasSuffix(c.Args, "...") {
		return Call{}, c.unexpected(read.Args[len(names)])
	}
	if i := slices.Index(read.Args, ""); i >= 0 {
		return Call{}, usage.Errorf("%s: %s is empty", c.Name, strings.Trim(names[min(i, len(names)-1)], "[]."))
	}
	for i, arg := range read.Args {
		if name := names[min(i, len(names)-1)]; name != "TAG..." && name != "[ARG]..." && strings.Trim(name, "[]") != "FILE" {
			read.references = append(read.references, arg)
		}
	}
	return read, nil
}

// checkTogether checks the combination of flags.
func (c Command) checkTogether(from *cli.Context) error {
	for _, pair := range append([][2]string{{"debug", "quiet"}, {"format", "output"}, {"progress", "quiet"}}, c.Apart...) {
		if from.IsSet(pair[0]) && from.IsSet(pair[1]) {
			return usage.Insteadf("--%s and --%s can't be combined: leave out one", pair[0], pair[1])
		}
	}
	if from.Bool("password-stdin") && slices.Contains(from.StringSlice("file"), "-") {
		return usage.Insteadf("--password-stdin and --file - both read standard input: leave out one")
	}
	if chosen := from.StringSlice("referrers"); len(chosen) > 1 && (slices.Contains(chosen, "all") || slices.Contains(chosen, "none")) {
		return usage.Insteadf("--referrers all and --referrers none can't be combined with other types")
	}
	for _, flag := range terminal.SortedKeys(c.Needs) {
		if with := c.Needs[flag]; from.IsSet(flag) && !from.Bool(with) {
			return usage.Insteadf("--%s needs --%s", flag, with)
		}
	}
	return nil
}

// OutputFlags returns the flags that select how a command prints.
func OutputFlags(c Command) []cli.Flag {
	quiet := &cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print only errors to stderr"}
	if len(c.Outputs) == 0 {
		return []cli.Flag{quiet}
	}
	usage := "format the result with a Go `TEMPLATE`, such as {{json .}}"
	if c.Document == nil {
		usage = "print the result as `FORMAT`, like --output"
	}
	if len(c.PackageFormats) > 0 {
		usage += "; or package for another reader: " + strings.Join(c.PackageFormats, ", ")
	}
	return []cli.Flag{
		quiet,
		&cli.StringFlag{Name: "format", Usage: usage},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "print the result as `FORMAT`: " + strings.Join(c.Outputs, ", ")},
	}
}
