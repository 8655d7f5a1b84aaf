package cmdline

import "strings"

// A Place is the position on a command line where a word is being typed, for completion.
type Place struct {
	// Command is the command, or empty if it is not typed yet.
	Command string
	// Flag is the flag whose value is being typed, or nil.
	Flag *Flag
	// FlagName reports that the name of a flag is being typed.
	FlagName bool
	// Prefix is what precedes Word in the word of the shell: --platform= or linux/amd64,
	Prefix string
	// Word is the part that is typed so far.
	Word string
	// Args are the arguments before it, and Settings the flags.
	Args     []string
	Settings []Setting
}

// Place returns what is being typed after words, which may be invalid so far. ok is false
// if the command is unknown.
func (p Program) Place(words []string, current string) (place Place, ok bool) {
	f := finder{program: p, command: p.anyCommand()}
	for _, word := range words {
		if !f.pass(word) {
			return Place{}, false
		}
	}
	f.end(current)
	return f.place, true
}

// A finder is the state of scanning a line.
type finder struct {
	program Program
	command Command
	place   Place
	pending *Flag // its value is the next word
	ended   bool  // flags have ended
}

// pass scans a word.
func (f *finder) pass(word string) bool {
	switch {
	case f.pending != nil:
		f.set(*f.pending, word)
		f.pending = nil
	case f.ended || len(word) < 2 || word[0] != '-':
		return f.argument(word)
	case word == "--":
		f.ended = true
	default:
		if flag, value, has, ok := f.flag(word); ok && (has || flag.Kind == Switch) {
			f.set(flag, value)
		} else if ok {
			f.pending = &flag
		}
	}
	return true
}

func (f *finder) argument(word string) bool {
	if f.place.Command != "" {
		f.place.Args = append(f.place.Args, word)
		return true
	}
	if word == "help" {
		f.command, f.place.Command = Command{Name: word}, word
		return true
	}
	command, ok := f.program.command(word)
	f.command, f.place.Command = command, word
	return ok
}

func (f *finder) set(flag Flag, value string) {
	f.place.Settings = append(f.place.Settings, Setting{flag.Name, value})
}

// flag parses a word that begins with a dash: its last flag, and the flag's value if the
// word has one.
func (f *finder) flag(word string) (flag Flag, value string, has, ok bool) {
	if name, found := strings.CutPrefix(word, "--"); found {
		name, value, has = strings.Cut(name, "=")
		flag, ok = f.command.flag(name)
		return flag, value, has, ok && flag.Name == name
	}
	for letters := word[1:]; letters != ""; {
		if flag, ok = f.command.flag(letters[:1]); !ok {
			return flag, "", false, false
		}
		if letters = letters[1:]; flag.Kind != Switch && letters != "" {
			return flag, strings.TrimPrefix(letters, "="), true, true
		}
	}
	return flag, "", false, ok
}

// end handles the word that is being typed.
func (f *finder) end(current string) {
	f.place.Word = current
	switch {
	case f.pending != nil:
		f.value(*f.pending, current)
	case f.ended || !strings.HasPrefix(current, "-") || current == "-":
	default:
		f.place.FlagName = true
		if flag, value, has, ok := f.flag(current); ok && has {
			f.place.FlagName = false
			f.value(flag, value)
			f.place.Prefix = strings.TrimSuffix(current, value) + f.place.Prefix
		}
	}
}

// value handles the value of a flag that is being typed.
func (f *finder) value(flag Flag, value string) {
	f.place.Flag, f.place.Word = &flag, value
	if i := strings.LastIndexByte(value, ','); flag.Kind == List && i >= 0 {
		f.place.Prefix, f.place.Word = value[:i+1], value[i+1:]
	}
}
