package repotest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// vague names do not describe the content of a file. (For packages, revive has the same rule.)
var vague = regexp.MustCompile(`(?i)(^|[/_.-])(utils?|common|helpers?|managers?|misc)([/_.-]|$)`)

// private patterns match names that exist only on one machine or at one service, and mean nothing
// to readers.
var private = map[string]*regexp.Regexp{
	"a package registry's host": regexp.MustCompile(`(?i)\b(proxy|sum)\.golang\.` + `org\b|\bregistry\.npmjs\.` + `org\b|\bdeb\.debian\.` + `org\b|\bGOPROXY` + `=`),
	"a path of one machine":     regexp.MustCompile(`(?m)(^|[\s"'=(:,` + "`" + `])/(work|root/go|root/\.cache|home/[a-z]+/go)/`),
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		require.False(t, strings.HasSuffix(f.path, ".go") && vague.MatchString(f.path), "%s: name the file after its content", f.path)
	}
	for name, want := range map[string]bool{
		"internal/util/x.go": true, "compose/helpers_test.go": true, "common.go": true,
		"compose/utility.go": false, "registry/uncommon.go": false,
	} {
		require.Equal(t, want, vague.MatchString(name), name)
	}
}

// TestNothingPrivate searches every file for machines and services that readers don't have.
func TestNothingPrivate(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		for what, pattern := range private {
			if at := pattern.FindStringIndex(f.content); at != nil {
				line := 1 + strings.Count(f.content[:at[1]], "\n")
				t.Errorf("%s:%d: %s: %q", f.path, line, what, f.content[at[0]:at[1]])
			}
		}
	}
	for _, line := range []string{
		"GOFLAGS= GOPROXY" + "=off go test",
		"https://proxy.golang." + "org/x",
		`path := "/` + `work/main"`,
		"see /" + "root/go/pkg",
	} {
		found := false
		for _, pattern := range private {
			found = found || pattern.MatchString(line)
		}
		require.True(t, found, line)
	}
}
