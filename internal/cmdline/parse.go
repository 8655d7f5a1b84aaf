package cmdline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Parse parses the arguments after the program's name. Its errors are [*Error].
//
// Everything after "--" is an argument. With -h or --help, nothing else is parsed. The
// value of a flag can't begin with a dash unless it follows "=", is only "-", or is not a
// flag: --tag --quiet lacks the value of --tag.
func (p Program) Parse(args []string) (Line, error) {
	r := reader{program: p, command: p.anyCommand()}
	for r.rest = args; len(r.rest) > 0; {
		arg := r.next()
		switch {
		case arg == "--" && r.known:
			r.line.Args = append(r.line.Args, r.rest...)
			r.rest = nil
		case isHelp(arg):
			return r.help()
		case len(arg) < 2 || arg[0] != '-':
			if help, err := r.word(arg); err != nil || help {
				return r.line, err
			}
		default:
			if err := r.flags(arg); err != nil {
				if r.asksForHelp() {
					return r.help()
				}
				return Line{}, err
			}
		}
	}
	return r.line, r.check()
}

func isHelp(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" }

// A reader is the state of parsing a line.
type reader struct {
	program Program
	// command has the known flags: those of the command, or all flags before the command is
	// known.
	command Command
	known   bool
	rest    []string
	line    Line
}

func (r *reader) next() string {
	arg := r.rest[0]
	r.rest = r.rest[1:]
	return arg
}

// help returns the line for help on the command, which may follow.
func (r *reader) help() (Line, error) {
	for ; !r.known && len(r.rest) > 0; r.rest = r.rest[1:] {
		if _, ok := r.program.command(r.rest[0]); ok {
			r.line.Command, r.known = r.rest[0], true
		}
	}
	return Line{Command: r.line.Command, Help: true}, nil
}

// asksForHelp reports whether the rest of the line requests help.
func (r *reader) asksForHelp() bool {
	rest := r.rest
	if end := slices.Index(rest, "--"); end >= 0 {
		rest = rest[:end]
	}
	return r.known && slices.ContainsFunc(rest, isHelp)
}

// word parses the command, or one of its arguments.
func (r *reader) word(arg string) (help bool, err error) {
	if r.known {
		r.line.Args = append(r.line.Args, arg)
		return false, nil
	}
	if arg == "help" {
		return true, r.helpCommand()
	}
	command, ok := r.program.command(arg)
	if !ok {
		return false, r.program.unknownCommand(arg)
	}
	r.command, r.known, r.line.Command = command, true, arg
	given := map[string]int{}
	for _, s := range r.line.Settings {
		f, ok := command.flag(s.Name)
		if !ok {
			return false, r.unknownFlag("--" + s.Name)
		}
		if given[s.Name]++; given[s.Name] > 1 && f.Kind == Single {
			return false, errorf(arg, "--%s accepts only one value for %s", s.Name, arg)
		}
	}
	return false, nil
}

// helpCommand parses "help COMMAND".
func (r *reader) helpCommand() error {
	r.line = Line{Help: true}
	for _, arg := range r.rest {
		switch {
		case isHelp(arg):
		case strings.HasPrefix(arg, "-"):
			return errorf("help", "help expects the name of a command, not %s", arg)
		case r.line.Command != "":
			return errorf("help", "help: unexpected argument %q", arg)
		default:
			if _, ok := r.program.command(arg); !ok {
				return r.program.unknownCommand(arg)
			}
			r.line.Command = arg
		}
	}
	return nil
}

// flags parses an argument that is one long flag, or one or more short flags.
func (r *reader) flags(arg string) error {
	if name, ok := strings.CutPrefix(arg, "--"); ok {
		name, value, has := strings.Cut(name, "=")
		f, ok := r.command.flag(name)
		if !ok || f.Name != name {
			return r.unknownFlag("--" + name)
		}
		return r.flag(f, "--"+name, value, has)
	}
	if name, _, _ := strings.Cut(arg[1:], "="); len(name) > 1 {
		if f, ok := r.command.flag(name); ok {
			return &Error{Command: r.line.Command, Suggests: true, Text: fmt.Sprintf("a flag with a long name has two dashes: did you mean --%s?", f.Name)}
		}
	}
	for letters := arg[1:]; letters != ""; {
		f, ok := r.command.flag(letters[:1])
		if !ok || f.Short != letters[:1] {
			return r.unknownFlag(arg)
		}
		letters = letters[1:]
		if f.Kind == Switch && !strings.HasPrefix(letters, "=") {
			if err := r.flag(f, "-"+f.Short, "", false); err != nil {
				return err
			}
			continue
		}
		value, equals := strings.CutPrefix(letters, "=")
		return r.flag(f, "-"+f.Short, value, equals || letters != "")
	}
	return nil
}

// flag parses one flag, whose value may be in the next argument.
func (r *reader) flag(f Flag, written, value string, has bool) error {
	if f.Kind == Switch {
		on := true
		if has {
			var err error
			if on, err = strconv.ParseBool(value); err != nil {
				return errorf(r.line.Command, "%s=%s: the flag is a switch: its value can only be true or false", written, value)
			}
		}
		return r.set(f, strconv.FormatBool(on))
	}
	if !has {
		if len(r.rest) == 0 || r.isFlag(r.rest[0]) {
			return errorf(r.line.Command, "%s needs a value", written)
		}
		value = r.next()
	}
	if f.Kind != List {
		return r.set(f, value)
	}
	for item := range strings.SplitSeq(value, ",") {
		if err := r.set(f, item); err != nil {
			return err
		}
	}
	return nil
}

// isFlag reports whether an argument is a flag, not the value of the previous flag.
func (r *reader) isFlag(arg string) bool {
	if len(arg) < 2 || arg[0] != '-' {
		return false
	}
	if strings.HasPrefix(arg, "--") || isHelp(arg) {
		return true
	}
	_, ok := r.command.flag(arg[1:2])
	return ok
}

// set adds a setting.
func (r *reader) set(f Flag, value string) error {
	if value == "" {
		return errorf(r.line.Command, "--%s has an empty value", f.Name)
	}
	for _, s := range r.line.Settings {
		if s.Name != f.Name {
			continue
		}
		switch {
		case f.Kind == Switch && s.Value == value:
			return nil
		case f.Kind == Switch:
			return errorf(r.line.Command, "--%s is set both to true and to false", f.Name)
		case f.Kind == Single:
			return errorf(r.line.Command, "--%s is given twice, with %q and %q, but accepts only one value", f.Name, s.Value, value)
		case s.Value == value:
			return errorf(r.line.Command, "--%s %s is given twice", f.Name, value)
		}
	}
	r.line.Settings = append(r.line.Settings, Setting{f.Name, value})
	return nil
}

// check makes the checks that need the complete line.
func (r *reader) check() error {
	if !r.known && len(r.line.Settings) > 0 {
		return errorf("", "the command is missing after --%s", r.line.Settings[0].Name)
	}
	return nil
}
