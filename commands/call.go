package commands

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/reference"
)

// A command is what all commands are made of.
type command struct {
	name, usage string
	// args are the arguments as the help has them. Those in brackets may be left out, and the
	// last may be given more than once if it ends with dots.
	args        string
	description string
	// document is an empty one of those that the command prints as JSON.
	document any
	// documentWith are those that it prints instead with a switch.
	documentWith map[string]any
	// examples are command lines that the help shows.
	examples []string
	// formats are what --output takes; the first is what is printed without it where that
	// is no document.
	formats []string
	// kinds are values of --format that say what is made, and not how it is printed.
	kinds []string
	flags []cli.Flag
	// apart are flags that don't go together, two by two.
	apart [][2]string
	// needs are flags that are of use with another one only.
	needs map[string]string
	// ownLogin tells that the command reads the flags for a login by itself.
	ownLogin bool
	// local tells that the command asks nothing of a registry.
	local bool
	run   func(call) error
}

// A call is a command line that has been read as far as all commands are alike.
type call struct {
	ctx   context.Context
	flags *cli.Context
	// format is the value of --output, one of the command's.
	format string
	// args are the arguments, as many as the command takes.
	args []string
	// references are those of them that name something in a registry or a layout.
	references []string
	// ownLogin is the command's.
	ownLogin bool
	// session is the registries as the flags want them; nil for a local command.
	session *action.Session
}

// build makes the library's command of a command.
func (t *terminal) build(c command) *cli.Command {
	flags := append(slices.Clone(c.flags), outputFlags(c)...)
	if !c.local {
		flags = append(flags, networkFlags()...)
	}
	if c.ownLogin {
		explainOwnLogin(flags)
	}
	sortFlags(flags)
	t.hasDocument(c)
	return &cli.Command{
		Name:         c.name,
		Usage:        c.usage,
		ArgsUsage:    c.args,
		Description:  c.description,
		Flags:        flags,
		OnUsageError: usageFailure,
		HideHelp:     true,
		UsageText:    strings.Join(c.examples, "\n"), // a field that nothing else is in
		Action: func(from *cli.Context) error {
			return ofCommand(c.name, t.call(from, c))
		},
	}
}

// sortFlags puts flags in the order of their names.
func sortFlags(flags []cli.Flag) {
	names := make(map[cli.Flag]string, len(flags))
	for _, f := range flags {
		names[f] = namesOf(f)[0]
	}
	slices.SortFunc(flags, func(a, b cli.Flag) int { return strings.Compare(names[a], names[b]) })
}

// call runs a command with a command line of the library's.
func (t *terminal) call(from *cli.Context, c command) error {
	read, err := t.read(from, c)
	if err != nil {
		return err
	}
	if !c.local && !c.ownLogin {
		if read.session, err = t.session(read); err != nil {
			return err
		}
	}
	return c.run(read)
}

// read reads what all commands have: how to print, and the arguments.
func (t *terminal) read(from *cli.Context, c command) (call, error) {
	t.command = c.name
	t.quiet = from.Bool("quiet")
	read := call{ownLogin: c.ownLogin, ctx: from.Context, flags: from, format: from.String("output"), args: from.Args().Slice()}
	if read.format != "" && !slices.Contains(c.formats, read.format) {
		return call{}, insteadf("--output %q: %s prints %s", read.format, c.name, strings.Join(c.formats, ", "))
	}
	if err := t.readTemplate(c, &read); err != nil {
		return call{}, err
	}
	if err := c.checkTogether(from); err != nil {
		return call{}, err
	}
	if err := t.checkFolders(from); err != nil {
		return call{}, err
	}
	names := strings.Fields(c.args)
	for i, name := range names {
		if i >= len(read.args) && !strings.HasPrefix(name, "[") {
			return call{}, usagef("%s: %s is missing", c.name, strings.TrimRight(name, "."))
		}
	}
	if len(read.args) > len(names) && !strings.HasSuffix(c.args, "...") {
		return call{}, usagef("%s: %q is one argument too many", c.name, reference.Shown(read.args[len(names)]))
	}
	if i := slices.Index(read.args, ""); i >= 0 {
		return call{}, usagef("%s: %s is empty", c.name, strings.Trim(names[min(i, len(names)-1)], "[]."))
	}
	for i, arg := range read.args {
		if name := names[min(i, len(names)-1)]; name != "TAG..." && name != "[ARG]..." && strings.Trim(name, "[]") != "FILE" {
			read.references = append(read.references, arg)
		}
	}
	return read, nil
}

// checkTogether checks the flags that are given with one another.
func (c command) checkTogether(from *cli.Context) error {
	for _, pair := range append([][2]string{{"debug", "quiet"}, {"format", "output"}, {"progress", "quiet"}}, c.apart...) {
		if from.IsSet(pair[0]) && from.IsSet(pair[1]) {
			return insteadf("--%s and --%s don't go together: leave out one", pair[0], pair[1])
		}
	}
	if from.Bool("password-stdin") && slices.Contains(from.StringSlice("file"), "-") {
		return insteadf("--password-stdin and --file - both read standard input: leave out one")
	}
	if chosen := from.StringSlice("referrers"); len(chosen) > 1 && (slices.Contains(chosen, "all") || slices.Contains(chosen, "none")) {
		return insteadf("--referrers takes all or none alone, not with other types")
	}
	for _, flag := range sortedKeys(c.needs) {
		if with := c.needs[flag]; from.IsSet(flag) && !from.Bool(with) {
			return insteadf("--%s is of use with --%s only", flag, with)
		}
	}
	return nil
}
