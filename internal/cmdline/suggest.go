package cmdline

import (
	"fmt"
	"strings"

	"github.com/xrash/smetrics"
)

// unknownCommand says that there is no such command, and which one may have been meant.
func (p Program) unknownCommand(name string) error {
	e := &Error{Text: fmt.Sprintf("there is no command %q", name)}
	meant := p.OtherCommands[strings.ToLower(name)]
	if meant == "" {
		var names []string
		for _, c := range p.Commands {
			names = append(names, c.Name)
		}
		meant = closest(name, names)
	}
	if meant != "" {
		e.Text += fmt.Sprintf(": did you mean %s?", meant)
		e.Suggests = true
	}
	return e
}

// unknownFlag says that there is no such flag, and which one may have been meant.
func (r *reader) unknownFlag(written string) error {
	e := &Error{Command: r.line.Command, Text: fmt.Sprintf("there is no flag %s", written)}
	if r.known {
		e.Text = fmt.Sprintf("%s has no flag %s", r.line.Command, written)
	}
	if meant := r.meantFlag(strings.TrimLeft(written, "-")); meant != "" {
		e.Text += fmt.Sprintf(": did you mean %s?", meant)
		e.Suggests = true
	}
	return e
}

// meantFlag returns what to write for a flag that does not exist.
func (r *reader) meantFlag(name string) string {
	for _, other := range r.program.OtherFlags[name] {
		if r.offers(other) {
			return other
		}
	}
	var names []string
	for _, f := range r.command.Flags {
		names = append(names, f.Name)
	}
	if near := closest(name, names); near != "" {
		return "--" + near
	}
	return ""
}

// offers tells whether the command has the flag that a suggestion begins with; one that
// begins with something else is of use anywhere.
func (r *reader) offers(suggestion string) bool {
	name, ok := strings.CutPrefix(suggestion, "--")
	if !ok {
		return true
	}
	if end := strings.IndexAny(name, " =,"); end >= 0 {
		name = name[:end]
	}
	_, ok = r.command.flag(name)
	return ok
}

// nearness is how alike two names are at least for one to be a slip of the other, as
// Jaro-Winkler measures it, from 0 to 1.
const nearness = 0.85

// closest returns the name that is most like the word, or nothing.
func closest(word string, names []string) string {
	found, best := "", nearness
	word = plain(word)
	if len(word) < 2 {
		return ""
	}
	for _, name := range names {
		if near := smetrics.JaroWinkler(word, plain(name), 0.7, 4); near > best || near == best && found == "" {
			found, best = name, near
		}
	}
	return found
}

// plain is a name without what people leave out or mistake for something else.
func plain(name string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
}
