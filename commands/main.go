package commands

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/docker/cli/cli-plugins/metadata"
	"github.com/urfave/cli/v2"
)

// Main runs the program with the arguments after its name, in the environment
// ("NAME=value") and directory given, and returns the exit status. It ends early
// when ctx does.
func Main(ctx context.Context, args []string, process Process) int {
	t := &terminal{Process: process}
	defer t.endProgress()
	if process.Plugin {
		var cancel context.CancelFunc
		ctx, cancel = pluginContext(ctx)
		defer cancel()
	}
	if len(args) > 0 && args[0] == completeCommand {
		return t.complete(ctx, newApp(t), args[1:])
	}
	if err := t.run(ctx, newApp(t), args); err != nil {
		return t.fail(ctx, err)
	}
	return exitDone
}

// run reads the command line and runs its command.
func (t *terminal) run(ctx context.Context, app *cli.App, args []string) error {
	if t.Plugin && len(args) == 1 && args[0] == metadata.MetadataSubcommandName {
		return t.printMetadata()
	}
	line, err := readLine(app, args)
	switch {
	case err != nil:
		return err
	case line.Help || line.Command == "":
		return t.printText(strings.TrimSuffix(help(app, line.Command, t.width()), "\n"))
	default:
		return app.RunContext(ctx, libraryLine(app, line))
	}
}

// Names returns the names of all commands, in the order of the help.
func Names() []string {
	var names []string
	for _, c := range newApp(&terminal{}).Commands {
		names = append(names, c.Name)
	}
	return names
}

// A Process is what the program gets from its operating system.
type Process struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Environ is the environment, as from os.Environ.
	Environ []string
	// Dir is the current directory.
	Dir string
	// Replace has another program run in the place of this one, and returns only with an
	// error; nil where that can't be.
	Replace func(program string, args, environ []string) error
	// Plugin tells that docker runs the program as its plugin.
	Plugin bool
}

// program is what users call the program.
func (t *terminal) program() string {
	if t.Plugin {
		return "docker " + pluginName
	}
	return "ocompose"
}

// newApp builds the program anew, because the library writes parsed values back
// into its flags.
func newApp(t *terminal) *cli.App {
	cmds := []*cli.Command{
		newPush(t),
		newAttach(t),
		newCopy(t),
		newSave(t),
		newLoad(t),
		newReferrers(t),
		newPull(t),
		newUp(t),
		newCompose(t),
		newInspect(t),
		newVerify(t),
		newImages(t),
		newDiff(t),
		newLock(t),
		newLs(t),
		newTags(t),
		newTag(t),
		newDelete(t),
		newLogin(t),
		newLogout(t),
		newServe(t),
		newCompletion(t),
		newMan(t),
		newVersion(t),
	}
	return &cli.App{
		Name:                      t.program(),
		Usage:                     "package Docker Compose applications as OCI artifacts",
		HideVersion:               true,
		HideHelp:                  true,
		Commands:                  cmds,
		Reader:                    t.Stdin,
		Writer:                    t.Stdout,
		ErrWriter:                 t.Stderr,
		DisableSliceFlagSeparator: true,
		OnUsageError:              usageFailure,
		ExitErrHandler:            func(*cli.Context, error) {},
		CommandNotFound:           nil,
	}
}

// usageFailure turns the library's complaints into usage errors.
func usageFailure(_ *cli.Context, err error, _ bool) error {
	var usage *usageError
	if errors.As(err, &usage) {
		return err
	}
	return usagef("%v", err)
}
