package house

import (
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// longest is how many lines a file of the program may have; most have under
// 200. A longer one has more than one purpose.
const longest = 400

// vague names say that something has no purpose of its own.
var vague = regexp.MustCompile(`(?i)(^|[/_.-])(utils?|common|helpers?|managers?|misc)([/_.-]|$)`)

// strangers are words that tell of the machine or the service that a change
// was made with, and mean nothing to anyone else.
var strangers = map[string]*regexp.Regexp{
	"a package registry's host": regexp.MustCompile(`(?i)\b(proxy|sum)\.golang\.` + `org\b|\bregistry\.npmjs\.` + `org\b|\bdeb\.debian\.` + `org\b|\bGOPROXY` + `=`),
	"a path of one machine":     regexp.MustCompile(`(?m)(^|[\s"'=(:,` + "`" + `])/(work|root/go|root/\.cache|home/[a-z]+/go)/`),
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		require.False(t, vague.MatchString(f.path), "%s: name it after what is in it", f.path)
	}
	for name, want := range map[string]bool{
		"internal/util/x.go": true, "compose/helpers_test.go": true, "common.go": true,
		"compose/utility.go": false, "registry/uncommon.go": false,
	} {
		require.Equal(t, want, vague.MatchString(name), name)
	}
}

func TestFileLengths(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		if f.production() {
			require.LessOrEqual(t, strings.Count(f.content, "\n"), longest, "%s is too long to have one purpose", f.path)
		}
	}
}

func TestStrangeWords(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		for what, pattern := range strangers {
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
		for _, pattern := range strangers {
			found = found || pattern.MatchString(line)
		}
		require.True(t, found, line)
	}
}

// TestPackagesSayWhyTheyExist: a reader finds each package's purpose in its
// package comment.
func TestPackagesSayWhyTheyExist(t *testing.T) {
	t.Parallel()
	doc := map[string]string{}
	for _, f := range files(t) {
		if !f.production() {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.path, f.content, parser.PackageClauseOnly|parser.ParseComments)
		require.NoError(t, err)
		doc[path.Dir(f.path)] += parsed.Doc.Text()
	}
	for dir, text := range doc {
		require.NotEmpty(t, text, "package %s has no package comment", dir)
	}
}
