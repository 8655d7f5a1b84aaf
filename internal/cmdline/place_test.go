package cmdline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlace(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"":                      `"" word ""`,
		"pu":                    `"" word "pu"`,
		"--qu":                  `"" flag "--qu"`,
		"--jobs ":               `"" value of jobs ""`,
		"--jobs 3 pu":           `"" word "pu"`,
		"nope ":                 "nothing",
		"help ":                 `"help" word ""`,
		"push ":                 `"push" word ""`,
		"push local":            `"push" word "local"`,
		"push REF ":             `"push" after [REF] word ""`,
		"push -":                `"push" word "-"`,
		"push --":               `"push" flag "--"`,
		"push --pla":            `"push" flag "--pla"`,
		"push -q":               `"push" flag "-q"`,
		"push --platform ":      `"push" value of platform ""`,
		"push --platform=lin":   `"push" value of platform "--platform=" "lin"`,
		"push --platform=a,lin": `"push" value of platform "--platform=a," "lin"`,
		"push --platform a,lin": `"push" value of platform "a," "lin"`,
		"push --bundle ":        `"push" word ""`,
		"push -f ":              `"push" value of file ""`,
		"push -fcom":            `"push" value of file "-f" "com"`,
		"push -qfcom":           `"push" value of file "-qf" "com"`,
		"push -qf com":          `"push" value of file "com"`,
		"push -f a,b":           `"push" value of file "a,b"`,
		"push -f x --file=y -q": `"push" with [{file x} {file y}] flag "-q"`,
		"push -- --pl":          `"push" word "--pl"`,
		"push --nope x ":        `"push" after [x] word ""`,
		"push --nope=x":         `"push" flag "--nope=x"`,
	} {
		words := strings.Split(line, " ")
		place, ok := program().Place(words[:len(words)-1], words[len(words)-1])
		if !ok {
			require.Equal(t, want, "nothing", line)
			continue
		}
		require.Equal(t, want, spelled(place), "%q", line)
	}
}

// spelled formats a place.
func spelled(p Place) string {
	text := fmt.Sprintf("%q", p.Command)
	if len(p.Args) > 0 {
		text += fmt.Sprintf(" after %v", p.Args)
	}
	if len(p.Settings) > 0 && p.Settings[0].Name == "file" {
		text += fmt.Sprintf(" with %v", p.Settings)
	}
	switch {
	case p.Flag != nil:
		text += " value of " + p.Flag.Name
	case p.FlagName:
		text += " flag"
	default:
		text += " word"
	}
	if p.Prefix != "" {
		text += fmt.Sprintf(" %q", p.Prefix)
	}
	return text + fmt.Sprintf(" %q", p.Word)
}

func FuzzPlace(f *testing.F) {
	f.Add("push\x00-qfa.yaml\x00REF")
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.Split(text, "\x00")
		place, ok := program().Place(words[:len(words)-1], words[len(words)-1])
		if ok {
			require.Equal(t, words[len(words)-1], place.Prefix+place.Word)
		}
	})
}
