package cmdline

import "slices"

// A Kind tells what a flag takes.
type Kind int

const (
	// Switch takes no value, or true or false after "=".
	Switch Kind = iota
	// Single takes one value and is given once.
	Single
	// Multiple takes one value each time it is given.
	Multiple
	// List is like Multiple, but a comma separates values as well.
	List
)

// A Flag is a flag of a command.
type Flag struct {
	// Name is the long name, without dashes.
	Name string
	// Short is the one-letter name, or empty.
	Short string
	Kind  Kind
}

// A Command is a command with its flags.
type Command struct {
	Name  string
	Flags []Flag
}

// flag finds a flag by its long or short name.
func (c Command) flag(name string) (Flag, bool) {
	i := slices.IndexFunc(c.Flags, func(f Flag) bool { return f.Name == name || f.Short == name && name != "" })
	if i < 0 {
		return Flag{}, false
	}
	return c.Flags[i], true
}

// A Program is what a command line is read for.
type Program struct {
	Commands []Command
	// OtherCommands are names that other programs use, with the command that does the
	// same here.
	OtherCommands map[string]string
	// OtherFlags are names that other programs use, without dashes, with what to write here:
	// the first that the command has.
	OtherFlags map[string][]string
}

// command finds a command.
func (p Program) command(name string) (Command, bool) {
	i := slices.IndexFunc(p.Commands, func(c Command) bool { return c.Name == name })
	if i < 0 {
		return Command{}, false
	}
	return p.Commands[i], true
}

// anyCommand has the flags of all commands: a flag before the command is read before it is
// known whose it is. A flag of one name takes a value for all commands or for none.
func (p Program) anyCommand() Command {
	var all Command
	for _, c := range p.Commands {
		for _, f := range c.Flags {
			if _, ok := all.flag(f.Name); !ok {
				all.Flags = append(all.Flags, f)
			}
		}
	}
	return all
}

// A Setting is a flag with a value; that of a switch is "true" or "false".
type Setting struct{ Name, Value string }

// A Line is a command line that has been read.
type Line struct {
	// Command is the command's name; empty for the program itself.
	Command string
	// Help tells that help is asked for, and nothing else.
	Help bool
	// Settings are in the order of the line.
	Settings []Setting
	// Args are the arguments.
	Args []string
}
