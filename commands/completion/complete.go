// Package completion completes command lines in shells: commands, flags, their values, tags and services.
package completion

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/failure"
	"github.com/ocompose/ocompose/commands/help"
	"github.com/ocompose/ocompose/commands/line"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/cmdline"
	"github.com/ocompose/ocompose/internal/console"
)

// Command is the command that completion scripts run, as those of cobra do: docker
// runs it of its plugins, too.
const Command = "__complete"

// completionTime is how long a completion may take: who waits longer has typed the word.
const completionTime = 2 * time.Second

// What a shell does besides offering the candidates, in the numbers of cobra.
const (
	completeNoSpace = 2  // no space behind the candidate
	completeNoFiles = 4  // no names of files
	completeFolders = 16 // names of folders
)

// A candidate is a word that fits, with what it is for.
type candidate struct{ word, about string }

// Run prints the words that the last argument may become, a line each, with a tab
// before what they are for, and at the end what else the shell does. It says nothing of
// errors and always ends in time.
func Run(ctx context.Context, t *terminal.Terminal, app *cli.App, args []string) int {
	if len(args) == 0 {
		args = []string{""}
	}
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	words, current := args[:len(args)-1], args[len(args)-1]
	place, ok := line.Program(app).Place(words, current)
	found, directive := []candidate(nil), completeNoFiles
	if ok {
		found, directive = within(ctx, t, app, place)
	}
	for _, c := range found {
		if !strings.HasPrefix(c.word, place.Word) {
			continue
		}
		line := console.Printable(place.Prefix + c.word)
		if c.about != "" {
			line += "\t" + console.Printable(c.about)
		}
		fmt.Fprintln(t.Stdout, line)
	}
	fmt.Fprintf(t.Stdout, ":%d\n", directive)
	return failure.ExitDone
}

// within returns the candidates, or none when ctx ends first: what looks for them may not
// heed it.
func within(ctx context.Context, t *terminal.Terminal, app *cli.App, place cmdline.Place) ([]candidate, int) {
	type answer struct {
		found     []candidate
		directive int
	}
	answered := make(chan answer, 1)
	go func() {
		defer func() {
			if recover() != nil {
				answered <- answer{nil, completeNoFiles}
			}
		}()
		found, directive := candidates(ctx, t, app, place)
		answered <- answer{found, directive}
	}()
	select {
	case a := <-answered:
		return a.found, a.directive
	case <-ctx.Done():
		return nil, completeNoFiles
	}
}

// candidates are the words that fit at a place.
func candidates(ctx context.Context, t *terminal.Terminal, app *cli.App, place cmdline.Place) ([]candidate, int) {
	switch {
	case place.Flag != nil:
		return flagValues(ctx, t, app, place)
	case place.FlagName || place.Word == "-":
		return flagNames(app, place), completeNoFiles
	case place.Command == "" || place.Command == "help":
		return commandNames(app), completeNoFiles
	default:
		return arguments(ctx, t, app, place)
	}
}

func commandNames(app *cli.App) []candidate {
	var all []candidate
	for _, c := range app.Commands {
		all = append(all, candidate{c.Name, c.Usage})
	}
	return all
}

// flagNames are the flags that may still be given.
func flagNames(app *cli.App, place cmdline.Place) []candidate {
	given := map[string]bool{}
	for _, s := range place.Settings {
		given[s.Name] = true
	}
	flags := append(program.OutputFlags(program.Command{}), program.NetworkFlags()...)
	if c := app.Command(place.Command); c != nil {
		flags = c.Flags
	}
	var all []candidate
	for _, f := range flags {
		documented, ok := f.(cli.DocGenerationFlag)
		known := line.Flag(f)
		if once := known.Kind == cmdline.Switch || known.Kind == cmdline.Single; !ok || once && given[known.Name] {
			continue
		}
		_, usage := help.DescribeFlag(f.Names(), documented)
		all = append(all, candidate{"--" + known.Name, usage})
	}
	return append(all, candidate{"--help", "show help"})
}
