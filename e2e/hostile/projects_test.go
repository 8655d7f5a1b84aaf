//go:build unix

package hostile

import (
	"fmt"
	"strings"
	"testing"
)

const web = "services:\n  web:\n    image: localhost:1/web\n"

// each joins numbered texts.
func each(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// projects returns small Compose files that are expensive to load.
func projects() map[string]string {
	return map[string]string{
		"ranges of ports":                web + "    ports:\n" + each(20, "    - '1-65535' # %d\n"),
		"nested variables":               web + "    hostname: '" + strings.Repeat("${A:-", 8000) + strings.Repeat("}", 8000) + "'\n",
		"nested variables after escapes": web + "    hostname: '" + strings.Repeat("$$${A:-", 8000) + strings.Repeat("}", 8000) + "'\n",
		"escapes":                        web + "    hostname: '" + strings.Repeat("$", 3<<20) + "'\n",
		"a chain of extends": "services:\n  s0: {image: a}\n" + func() string {
			var b strings.Builder
			for i := 1; i <= 10_000; i++ {
				fmt.Fprintf(&b, "  s%d: {extends: s%d}\n", i, i-1)
			}
			return b.String()
		}(),
		"aliases of aliases": "x-0: &a0 [1]\n" + func() string {
			var b strings.Builder
			for i := 1; i <= 30; i++ {
				fmt.Fprintf(&b, "x-%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
			}
			return b.String()
		}() + web,
		"lists in lists": "x-l: " + strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000) + "\n" + web,
		"a long list":    "x-l:\n" + strings.Repeat("- a\n", 1<<20) + web,
	}
}

// TestProjectsAreBounded: a Compose file, in a folder or a package, is subject to the limits of
// all commands.
func TestProjectsAreBounded(t *testing.T) {
	for name, content := range projects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEvil(t)
			e.composition(t, repo, tag, content)
			ref := e.host + "/" + repo + ":" + tag
			for _, args := range [][]string{
				{"push", "--dry-run", e.host + "/x:1"}, {"images"}, {"inspect", ref}, {"images", ref}, {"verify", ref}, {"pull", "-d", "out", ref}, {"copy", "--bundle", ref, e.host + "/y:1"},
			} {
				c := newCommand(t)
				c.write("compose.yaml", content)
				check(t, args, c.run(args...))
			}
		})
	}
}
