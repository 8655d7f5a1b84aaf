package repotest

import (
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	namedTest   = regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z]\\w*)`")
	namedCorpus = regexp.MustCompile(`corpus: ([a-z0-9-]+(?:, [a-z0-9-]+)*)`)
	namedFile   = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)\s]*)?\)`)
)

// TestDocumentsNameTests: a test or corpus project that a document names exists.
func TestDocumentsNameTests(t *testing.T) {
	t.Parallel()
	var tests strings.Builder
	projects := map[string]bool{}
	for _, f := range files(t) {
		if strings.HasSuffix(f.path, "_test.go") {
			tests.WriteString(f.content)
		}
		if rest, ok := strings.CutPrefix(f.path, "compose/testdata/corpus/"); ok {
			name, _, _ := strings.Cut(rest, "/")
			projects[name] = true
		}
	}
	count := 0
	for _, f := range files(t) {
		if !strings.HasSuffix(f.path, ".md") {
			continue
		}
		for _, match := range namedTest.FindAllStringSubmatch(f.content, -1) {
			require.True(t, strings.Contains(tests.String(), "func "+match[1]+"("), "%s names %s, which does not exist", f.path, match[1])
			count++
		}
		for _, match := range namedCorpus.FindAllStringSubmatch(f.content, -1) {
			for name := range strings.SplitSeq(match[1], ", ") {
				require.True(t, projects[name] || name == "NAME", "%s names the corpus project %s, which does not exist", f.path, name)
				count++
			}
		}
	}
	require.NotZero(t, count, "no document names a test")
}

// TestDocumentsLinkFiles: a file or folder that a document links to exists.
func TestDocumentsLinkFiles(t *testing.T) {
	t.Parallel()
	exists := map[string]bool{".": true}
	for _, f := range files(t) {
		for name := f.path; name != "."; name = path.Dir(name) {
			exists[name] = true
		}
	}
	count := 0
	for _, f := range files(t) {
		if !strings.HasSuffix(f.path, ".md") || strings.Contains(f.path, "testdata/") {
			continue
		}
		for _, match := range namedFile.FindAllStringSubmatch(f.content, -1) {
			require.True(t, exists[path.Join(path.Dir(f.path), match[1])], "%s links to %s, which does not exist", f.path, match[1])
			count++
		}
	}
	require.NotZero(t, count, "no document links to a file")
}
