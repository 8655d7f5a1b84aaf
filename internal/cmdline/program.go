package cmdline

import "slices"

// A Kind is the kind of a flag's value.
type Kind int

const (
	// Switch has no value, or true or false after "=".
	Switch Kind = iota
	// Single has one value and can be given once.
	Single
	// Multiple has one value each time it is given.
	Multiple
	// List is like Multiple, but commas also separate values.
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

// A Program has the commands of a command line.
type Program struct {
	Commands []Command
	// OtherCommands are commands of other programs, with the equivalent command here.
	OtherCommands map[string]string
	// OtherFlags are flags of other programs, without dashes, with the equivalents here: the
	// first that the command has is suggested. "COMMAND FLAG" comes first for that command.
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

// anyCommand returns the flags of all commands, for a flag before the command, whose
// command is not known yet. A flag name has a value for all commands or for none.
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

// A Setting is a flag with a value; the value of a switch is "true" or "false".
type Setting struct{ Name, Value string }

// A Line is a parsed command line.
type Line struct {
	// Command is the command's name; empty for the program itself.
	Command string
	// Help reports that the line only requests help.
	Help bool
	// Settings are in the order of the line.
	Settings []Setting
	// Args are the arguments.
	Args []string
}
