package house

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	namedTest   = regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z]\\w*)`")
	namedCorpus = regexp.MustCompile(`corpus: ([a-z0-9-]+(?:, [a-z0-9-]+)*)`)
)

// TestDocumentsNameTests holds the documents to the proofs that they name: each test is
// there, and so is each project of the corpus.
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
			require.True(t, strings.Contains(tests.String(), "func "+match[1]+"("), "%s names %s", f.path, match[1])
			count++
		}
		for _, match := range namedCorpus.FindAllStringSubmatch(f.content, -1) {
			for _, name := range strings.Split(match[1], ", ") {
				require.True(t, projects[name] || name == "NAME", "%s names the corpus project %s", f.path, name)
				count++
			}
		}
	}
	require.NotZero(t, count, "no document names a test")
}
