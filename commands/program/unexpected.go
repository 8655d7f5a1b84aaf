package program

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/line"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/reference"
)

// has reports whether the command has a flag.
func (c Command) has(name string) bool {
	return slices.ContainsFunc(c.Flags, func(f cli.Flag) bool { return line.FlagNames(f)[0] == name })
}

// unexpected returns the error for an argument too many: often a file, which other programs take as
// an argument.
func (c Command) unexpected(arg string) error {
	arg = reference.Shown(arg)
	switch {
	case c.has("file"):
		return usage.Insteadf("%s: unexpected argument %q: name Compose files with -f, or their folder with --project-directory", c.Name, arg)
	case c.has("directory"):
		return usage.Insteadf("%s: unexpected argument %q: name the folder with -d", c.Name, arg)
	}
	return usage.Errorf("%s: unexpected argument %q", c.Name, arg)
}

// whereFilesGo says how to name the file or folder that a command writes, which other programs take
// with --output.
func (c Command) whereFilesGo() string {
	switch {
	case c.Args == "REF FILE":
		return "; name the file after REF"
	case c.has("directory"):
		return "; name the folder with -d"
	}
	return ""
}
