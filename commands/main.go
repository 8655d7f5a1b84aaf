package commands

import (
	"context"
	"errors"
	"io"

	"github.com/urfave/cli/v2"
)

// Main runs the program with the arguments after its name, in the environment
// ("NAME=value") and directory given, and returns the exit status. It ends early
// when ctx does.
func Main(ctx context.Context, args []string, process Process) int {
	t := &terminal{Process: process}
	defer t.endProgress()
	app := newApp(t)
	if len(args) == 1 && args[0] == "--version" {
		args = []string{"version"}
	}
	err := app.RunContext(ctx, append([]string{app.Name}, permute(app.Commands, args)...))
	if err == nil {
		return exitDone
	}
	return t.fail(ctx, err)
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
		newInspect(t),
		newVerify(t),
		newImages(t),
		newDiff(t),
		newLock(t),
		newDelete(t),
		newServe(t),
		newVersion(t),
	}
	return &cli.App{
		Name:                      "ocompose",
		Usage:                     "package Docker Compose applications as OCI artifacts",
		UsageText:                 "ocompose COMMAND [flags] [arguments]",
		HideVersion:               true,
		HideHelpCommand:           true,
		Commands:                  cmds,
		CustomAppHelpTemplate:     appHelp,
		Reader:                    t.Stdin,
		Writer:                    t.Stdout,
		ErrWriter:                 t.Stderr,
		DisableSliceFlagSeparator: true,
		OnUsageError:              usageFailure,
		ExitErrHandler:            func(*cli.Context, error) {},
		CommandNotFound:           nil,
		Action: func(c *cli.Context) error {
			if name := c.Args().First(); name != "" {
				return usagef("there is no command %q: see ocompose --help", name)
			}
			return cli.ShowAppHelp(c)
		},
	}
}

// usageFailure turns the library's complaints into usage errors.
func usageFailure(_ *cli.Context, err error, _ bool) error {
	var usage *usageError
	if errors.As(err, &usage) {
		return err
	}
	return &usageError{err.Error()}
}
