package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// A block is a fenced part of a document.
type block struct{ language, content string }

// blocks returns the fenced parts of a document.
func blocks(document string) []block {
	var all []block
	for _, found := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(document, -1) {
		all = append(all, block{found[1], found[2]})
	}
	return all
}

// A step is a command of a document, with what it is said to print.
type step struct {
	command string
	prints  []string
}

// steps returns the commands of a console block.
func steps(b block) []step {
	var all []step
	for line := range strings.Lines(b.content) {
		line = strings.TrimSuffix(line, "\n")
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, step{command: command})
			continue
		}
		last := &all[len(all)-1]
		last.prints = append(last.prints, line)
	}
	return all
}

// TestTheTour: every command of the README's tour works as it is written there, one after the
// other, beginning with nothing, and prints what the README says.
func TestTheTour(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Docker engine")
	}
	t.Parallel()
	tools := filepath.Dir(tooltest.Lookup(t, "docker-compose"))
	engine := enginetest.Start(t)
	content, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	_, tour, ok := strings.Cut(string(content), "\n## A tour\n")
	require.True(t, ok)
	tour, _, _ = strings.Cut(tour, "\n## More\n")

	p := newProgram(t)
	static := filepath.Join(p.dir, "bin", "ocompose") // as the README has it installed
	build := exec.CommandContext(t.Context(), "go", "build", "-o", static, "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	p.env = []string{engine.Env(), "PATH=" + strings.Join([]string{filepath.Dir(static), tools, os.Getenv("PATH")}, string(os.PathListSeparator))}
	served := p.serveWith(static, "--demo")
	local := strings.Replace(served.host, "127.0.0.1", "localhost", 1)
	here := strings.NewReplacer("localhost:5000", local, "registry.example.com", registrytest.Start(t).Host, "8080:80", "0:80", "/home/me", p.home)

	for _, b := range blocks(tour) {
		switch b.language {
		case "yaml":
			p.write("compose.yaml", here.Replace(b.content))
		case "sh":
			if strings.HasPrefix(b.content, "docker compose ") {
				p.done("sh", "-c", strings.NewReplacer("docker compose ", "docker-compose -p direct ", " up -d", " config").Replace(here.Replace(b.content)))
			}
		case "console":
			for _, s := range steps(b) {
				end := p.exec("sh", "-c", here.Replace(s.command)+" 2>&1")
				require.LessOrEqual(t, end.status, map[bool]int{true: 1}[strings.HasPrefix(s.command, "diff ")], "%s\n%s", s.command, end.stdout)
				if strings.Contains(s.command, "compose.yaml") {
					end.stdout = strings.ReplaceAll(end.stdout, "0:80", "8080:80")
				}
				requirePrinted(t, s, here.Replace(strings.Join(s.prints, "\n")), end.stdout)
			}
		}
	}
}

// requirePrinted compares what a command prints with what a document says: digests and sizes
// are other ones each time, but the same digest stays the same, and "…" is any lines.
func requirePrinted(t *testing.T, s step, says, printed string) {
	t.Helper()
	var wanted []string
	for line := range strings.Lines(says) {
		line = strings.TrimSuffix(line, "\n")
		if line == "…" {
			wanted = append(wanted, `(.*\n)*`)
			continue
		}
		pattern := regexp.QuoteMeta(spaces.ReplaceAllString(line, " "))
		pattern = regexp.MustCompile(`sha256:[0-9a-f]{64}`).ReplaceAllString(pattern, `sha256:[0-9a-f]{64}`)
		pattern = regexp.MustCompile(`\d+(\\\.\d+)? (B|KiB|MiB)\b`).ReplaceAllString(pattern, `[\d.]+ (B|KiB|MiB)`)
		wanted = append(wanted, pattern+`\n`)
	}
	printed = spaces.ReplaceAllString(printed, " ")
	require.Regexp(t, "^"+strings.Join(wanted, "")+"$", printed, "%s", s.command)
}

var spaces = regexp.MustCompile(` +`)

// TestTheBlocksOfTheReadme: what is to be typed is in blocks that are run.
func TestTheBlocksOfTheReadme(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(blocks(string(content)), func(b block) bool { return strings.Contains(b.content, "ocompose serve --demo") }))
	for _, b := range blocks(string(content)) {
		require.Contains(t, []string{"console", "yaml", "sh"}, b.language, fmt.Sprintf("a block without a language, or with another: %s", b.content))
	}
}
