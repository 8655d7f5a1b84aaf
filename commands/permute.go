package commands

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// permute moves the flags of a command line in front of its arguments, as the
// library wants them, because users write them on either side. What follows
// "--" is arguments. Asking for help anywhere is asking for nothing else.
func permute(commands []*cli.Command, args []string) []string {
	if len(args) == 0 {
		return args
	}
	if args[0] == "help" {
		return append(args[1:min(len(args), 2)], "--help")
	}
	i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(args[0]) })
	if i < 0 {
		return args
	}
	flags, rest := []string{args[0]}, []string{"--"}
	for args = args[1:]; len(args) > 0; args = args[1:] {
		arg := args[0]
		switch {
		case arg == "--":
			return append(append(flags, rest...), args[1:]...)
		case arg == "-h" || arg == "-help" || arg == "--help":
			return []string{flags[0], "--help"}
		case len(arg) < 2 || arg[0] != '-':
			rest = append(rest, arg)
		default:
			flags = append(flags, arg)
			if takesValue(commands[i], arg) && len(args) > 1 {
				args = args[1:]
				flags = append(flags, args[0])
			}
		}
	}
	return append(flags, rest...)
}

// takesValue tells whether the argument is a flag whose value is the next one.
func takesValue(command *cli.Command, arg string) bool {
	name := strings.TrimLeft(arg, "-")
	if strings.Contains(name, "=") {
		return false
	}
	for _, f := range command.Flags {
		if slices.Contains(f.Names(), name) {
			_, isBool := f.(*cli.BoolFlag)
			return !isBool
		}
	}
	return false
}
