// Package program is what all commands are made of: a Command has flags, arguments and a function that
// runs with a Call, which opens what the arguments name.
package program

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/line"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/reference"
)

// A Command is what all commands are made of.
type Command struct {
	Name, Usage string
	// Args are the arguments as the help has them. Those in brackets may be left out, and the
	// last may be given more than once if it ends with dots.
	Args        string
	Description string
	// Document is an empty one of those that the command prints as JSON.
	Document any
	// DocumentWith are those that it prints instead with a switch.
	DocumentWith map[string]any
	// Examples are command lines that the help shows.
	Examples []string
	// Formats are what --output takes; the first is what is printed without it where that
	// is no document.
	Formats []string
	// Kinds are values of --format that say what is made, and not how it is printed.
	Kinds []string
	Flags []cli.Flag
	// Apart are flags that don't go together, two by two.
	Apart [][2]string
	// Needs are flags that are of use with another one only.
	Needs map[string]string
	// OwnLogin tells that the command reads the flags for a login by itself.
	OwnLogin bool
	// Local tells that the command asks nothing of a registry.
	Local bool
	Run   func(Call) error
}

// A Call is a command line that has been read as far as all commands are alike.
type Call struct {
	t     *terminal.Terminal
	Ctx   context.Context
	Flags *cli.Context
	// Format is the value of --output, one of the command's.
	Format string
	// Args are the arguments, as many as the command takes.
	Args []string
	// references are those of them that name something in a registry or a layout.
	references []string
	// ownLogin is the command's.
	ownLogin bool
	// Session is the registries as the flags want them; nil for a local command.
	Session *action.Session
}

// Build makes the library's command of a command.
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
		UsageText:    strings.Join(c.Examples, "\n"), // a field that nothing else is in
		Action: func(from *cli.Context) error {
			return usage.OfCommand(c.Name, call(t, from, c))
		},
	}
}

// sortFlags puts flags in the order of their names.
func sortFlags(flags []cli.Flag) {
	names := make(map[cli.Flag]string, len(flags))
	for _, f := range flags {
		names[f] = line.FlagNames(f)[0]
	}
	slices.SortFunc(flags, func(a, b cli.Flag) int { return strings.Compare(names[a], names[b]) })
}

// call runs a command with a command line of the library's.
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

// read reads what all commands have: how to print, and the arguments.
func read(t *terminal.Terminal, from *cli.Context, c Command) (Call, error) {
	t.Command = c.Name
	t.Quiet = from.Bool("quiet")
	read := Call{t: t, ownLogin: c.OwnLogin, Ctx: from.Context, Flags: from, Format: from.String("output"), Args: from.Args().Slice()}
	if read.Format != "" && !slices.Contains(c.Formats, read.Format) {
		return Call{}, usage.Insteadf("--output %q: %s prints %s", read.Format, c.Name, strings.Join(c.Formats, ", "))
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
		return Call{}, usage.Errorf("%s: %q is one argument too many", c.Name, reference.Shown(read.Args[len(names)]))
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

// checkTogether checks the flags that are given with one another.
func (c Command) checkTogether(from *cli.Context) error {
	for _, pair := range append([][2]string{{"debug", "quiet"}, {"format", "output"}, {"progress", "quiet"}}, c.Apart...) {
		if from.IsSet(pair[0]) && from.IsSet(pair[1]) {
			return usage.Insteadf("--%s and --%s don't go together: leave out one", pair[0], pair[1])
		}
	}
	if from.Bool("password-stdin") && slices.Contains(from.StringSlice("file"), "-") {
		return usage.Insteadf("--password-stdin and --file - both read standard input: leave out one")
	}
	if chosen := from.StringSlice("referrers"); len(chosen) > 1 && (slices.Contains(chosen, "all") || slices.Contains(chosen, "none")) {
		return usage.Insteadf("--referrers takes all or none alone, not with other types")
	}
	for _, flag := range terminal.SortedKeys(c.Needs) {
		if with := c.Needs[flag]; from.IsSet(flag) && !from.Bool(with) {
			return usage.Insteadf("--%s is of use with --%s only", flag, with)
		}
	}
	return nil
}

// OutputFlags say how a command prints.
func OutputFlags(c Command) []cli.Flag {
	quiet := &cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print only errors on stderr"}
	if len(c.Formats) == 0 {
		return []cli.Flag{quiet}
	}
	usage := "format the result with a Go `TEMPLATE`, such as {{json .}}"
	if c.Document == nil {
		usage = "print the result as `FORMAT`, like --output"
	}
	if len(c.Kinds) > 0 {
		usage += "; or package for another reader: " + strings.Join(c.Kinds, ", ")
	}
	return []cli.Flag{
		quiet,
		&cli.StringFlag{Name: "format", Usage: usage},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "print the result as `FORMAT`: " + strings.Join(c.Formats, ", ")},
	}
}
