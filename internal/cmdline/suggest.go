package cmdline

import (
	"fmt"
	"strings"

	"github.com/xrash/smetrics"
)

// unknownCommand returns the error for an unknown command, with a suggestion.
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

// unknownFlag returns the error for an unknown flag, with a suggestion.
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

// meantFlag returns the suggestion for an unknown flag.
func (r *reader) meantFlag(name string) string {
	for _, key := range []string{r.line.Command + " " + name, name} {
		for _, other := range r.program.OtherFlags[key] {
			if r.offers(other) {
				return other
			}
		}
	}
	names := []string{"help"}
	for _, f := range r.command.Flags {
		names = append(names, f.Name)
	}
	if near := closest(name, names); near != "" {
		return "--" + near
	}
	return ""
}

// offers reports whether the command has the flag with which a suggestion begins.
// Suggestions without a flag are always useful.
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

// nearness is the minimum Jaro-Winkler similarity, from 0 to 1, of a typo and the intended
// name.
const nearness = 0.85

// closest returns the name that is most similar to the word, or "".
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

// plain returns a name without case and separators, which people often get wrong.
func plain(name string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
}
