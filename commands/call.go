package commands

import (
	"context"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
)

// A call is a command line that has been read as far as all commands are alike.
type call struct {
	ctx   context.Context
	flags *cli.Context
	// format is the value of --output, one of the command's.
	format string
	// args are the arguments, as many as the command takes.
	args []string
	// remote is the network as the flags want it; nil for a local command.
	remote *artifact.Remote
}

// local returns the action of a command that asks nothing of a registry. Its
// formats are those that --output takes; its arguments are named by usage as in
// its help, those in brackets may be left out.
func (t *terminal) local(formats, usage string, run func(call) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		read, err := t.read(c, formats, usage)
		if err != nil {
			return err
		}
		return run(read)
	}
}

// network returns the action of a command that talks to registries; see local.
func (t *terminal) network(formats, usage string, run func(call) error) cli.ActionFunc {
	return t.local(formats, usage, func(c call) (err error) {
		if c.remote, err = t.remote(c.flags); err != nil {
			return err
		}
		return run(c)
	})
}

// onReference returns the action of a command whose only argument is a reference.
func (t *terminal) onReference(formats, usage string, run func(call, name.Reference) error) cli.ActionFunc {
	return t.network(formats, usage, func(c call) error {
		ref, err := parseReference(c.args[0])
		if err != nil {
			return err
		}
		return run(c, ref)
	})
}

// read reads what all commands have: how to print, and the arguments.
func (t *terminal) read(c *cli.Context, formats, usage string) (call, error) {
	t.quiet = c.Bool("quiet")
	read := call{ctx: c.Context, flags: c, format: c.String("output"), args: c.Args().Slice()}
	if read.format != "" && !contains(formats, read.format) {
		return call{}, usagef("--output %q: choose one of %s", read.format, formats)
	}
	names := strings.Fields(usage)
	for i, name := range names {
		if i >= len(read.args) && !strings.HasPrefix(name, "[") {
			return call{}, usagef("%s: %s is missing", c.Command.Name, name)
		}
	}
	if len(read.args) > len(names) {
		return call{}, usagef("%s: %q is one argument too many", c.Command.Name, read.args[len(names)])
	}
	return read, nil
}

// contains tells whether a list in words, as help texts have it, has a word.
func contains(list, word string) bool {
	for _, w := range strings.Split(list, ", ") {
		if w == word {
			return true
		}
	}
	return false
}

// meet lets the registry of a repository that will be needed say how it wants to
// be spoken to while something else is done. What is wrong with it shows when it
// is needed.
func (c call) meet(repo name.Repository) {
	go func() { _ = c.remote.Ping(c.ctx, repo.Registry) }()
}
