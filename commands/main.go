// Package commands is the command line of ocompose. A command has one file: it
// reads its flags, makes one call and prints what came of it.
//
// The result goes to stdout and nothing else does; the exit status tells what
// kind of failure there was. docs/cli.md is the contract.
package commands

//go:generate go run ../hack/docs ../docs/commands.md ../docs/schema ../docs/images

import (
	"context"
	"strings"

	"github.com/docker/cli/cli-plugins/metadata"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/completion"
	"github.com/ocompose/ocompose/commands/failure"
	"github.com/ocompose/ocompose/commands/help"
	"github.com/ocompose/ocompose/commands/line"
	"github.com/ocompose/ocompose/commands/plugin"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
)

// Main runs the program with the arguments after its name, in the environment
// ("NAME=value") and directory given, and returns the exit status. It ends early
// when ctx does.
func Main(ctx context.Context, args []string, process terminal.Process) int {
	t := &terminal.Terminal{Process: process}
	defer t.EndProgress()
	if process.Plugin {
		var cancel context.CancelFunc
		ctx, cancel = plugin.Context(ctx)
		defer cancel()
	}
	if len(args) > 0 && args[0] == completion.Command {
		return completion.Run(ctx, t, newApp(t), args[1:])
	}
	if err := run(ctx, t, newApp(t), args); err != nil {
		return failure.Report(ctx, t, err)
	}
	return failure.ExitDone
}

// run reads the command line and runs its command.
func run(ctx context.Context, t *terminal.Terminal, app *cli.App, args []string) error {
	if t.Plugin && len(args) == 1 && args[0] == metadata.MetadataSubcommandName {
		return plugin.PrintMetadata(t)
	}
	read, err := line.Read(app, args)
	switch {
	case err != nil:
		return err
	case read.Help || read.Command == "":
		return t.PrintText(strings.TrimSuffix(help.Text(app, read.Command, t.Width()), "\n"))
	default:
		return app.RunContext(ctx, line.ForLibrary(app, read))
	}
}

// Names returns the names of all commands, in the order of the help.
func Names() []string {
	var names []string
	for _, c := range newApp(&terminal.Terminal{}).Commands {
		names = append(names, c.Name)
	}
	return names
}

// newApp builds the program anew, because the library writes parsed values back
// into its flags.
func newApp(t *terminal.Terminal) *cli.App {
	var cmds []*cli.Command
	for _, group := range []struct {
		title    string
		commands []*cli.Command
	}{
		{"Packaging", []*cli.Command{newPush(t), newAttach(t), newLock(t)}},
		{"Copying", []*cli.Command{newCopy(t), newSave(t), newLoad(t)}},
		{"Running", []*cli.Command{newUp(t), newCompose(t), newPull(t)}},
		{"Inspecting", []*cli.Command{newInspect(t), newImages(t), newVerify(t), newDiff(t), newReferrers(t), newLs(t), newTags(t)}},
		{"Changing", []*cli.Command{newTag(t), newDelete(t)}},
		{"Other", []*cli.Command{newLogin(t), newLogout(t), newServe(t), newCompletion(t), newMan(t), newVersion(t)}},
	} {
		for _, c := range group.commands {
			c.Category = group.title
			cmds = append(cmds, c)
		}
	}
	return &cli.App{
		Name:                      t.Program(),
		Usage:                     "package Docker Compose applications as OCI artifacts",
		HideVersion:               true,
		HideHelp:                  true,
		Commands:                  cmds,
		Reader:                    t.Stdin,
		Writer:                    t.Stdout,
		ErrWriter:                 t.Stderr,
		DisableSliceFlagSeparator: true,
		OnUsageError:              usage.FromLibrary,
		ExitErrHandler:            func(*cli.Context, error) {},
		CommandNotFound:           nil,
	}
}

// A Process is what the program gets from its operating system.
type Process = terminal.Process

// Documents are an empty one of the documents that each command prints as JSON, by the
// command's name.
func Documents() map[string]any {
	t := &terminal.Terminal{Documents: map[string]any{}}
	newApp(t)
	return t.Documents
}
