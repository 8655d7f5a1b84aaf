package commands

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPermute(t *testing.T) {
	for line, want := range map[string]string{
		"":                               "",
		"push":                           "push --",
		"push REF -f a.yaml":             "push -f a.yaml -- REF",
		"push REF --bundle -o json":      "push --bundle -o json -- REF",
		"push --file=a.yaml REF -q":      "push --file=a.yaml -q -- REF",
		"push -f - REF":                  "push -f - -- REF",
		"copy A B --jobs 3":              "copy --jobs 3 -- A B",
		"copy A -- --jobs":               "copy -- A --jobs",
		"push REF -f":                    "push -f -- REF",
		"push REF --platform linux/a -h": "push --help",
		"help push":                      "push --help",
		"help":                           "--help",
		"unknown REF --flag":             "unknown REF --flag",
		"push -- -f":                     "push -- -f",
	} {
		got := permute(newApp(&terminal{}).Commands, strings.Fields(line))
		require.Equal(t, want, strings.Join(got, " "), "%q", line)
	}
}

func TestEveryFlagIsExplained(t *testing.T) {
	for _, c := range newApp(&terminal{}).Commands {
		help := helpOf(c.Flags)
		for _, f := range c.Flags {
			name := f.Names()[0]
			require.Regexp(t, `(?m)^   (-\w, |    )--`+name+`( [A-Z][^ ]*)?  +\S`, help, "%s --%s", c.Name, name)
		}
	}
}
