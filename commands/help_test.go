package commands

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/commands/help"
	"github.com/ocompose/ocompose/commands/line"
	"github.com/ocompose/ocompose/commands/terminal"
)

func TestEveryFlagIsDocumented(t *testing.T) {
	t.Parallel()
	for _, c := range newApp(&terminal.Terminal{}).Commands {
		help := help.Text(newApp(&terminal.Terminal{}), c.Name, 0)
		for _, f := range c.Flags {
			name := f.Names()[0]
			require.Regexp(t, `(?m)^   (-\w, |    )--`+name+`( [A-Z][^ ]*)?  +\S`, help, "%s --%s", c.Name, name)
		}
	}
}

// TestFlagsWithTheSameName: a flag before the command is parsed before the command is known, so flags
// with the same name must be of the same kind.
func TestFlagsWithTheSameName(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, c := range line.Program(newApp(&terminal.Terminal{})).Commands {
		for _, f := range c.Flags {
			kind := "value"
			if f.Kind == 0 {
				kind = "switch"
			}
			kind += " -" + f.Short
			if before, ok := seen[f.Name]; ok {
				require.Equal(t, before, kind, "%s --%s", c.Name, f.Name)
			}
			seen[f.Name] = kind
		}
	}
}

// TestSuggestionsExist: commands and flags suggested for those of other programs exist.
func TestSuggestionsExist(t *testing.T) {
	t.Parallel()
	p := line.Program(newApp(&terminal.Terminal{}))
	for other, here := range line.OtherCommands() {
		require.NotContains(t, Names(), other, "it is a command")
		if _, err := p.Parse(append(strings.Fields(here), "--help")); err != nil {
			t.Errorf("%s: %s: %v", other, here, err)
		}
	}
}
