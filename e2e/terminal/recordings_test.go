package terminal

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/commands"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// recordedLines are the recorded command lines.
var recordedLines = []string{
	"--help", "push --help", "login --help",
	"images", "images HOST/apps/bundle:1.0", "images -q",
	"inspect HOST/apps/bundle:1.0", "inspect -o tree HOST/apps/bundle:1.0", "inspect -o tree HOST/images/web:app",
	"ls HOST/apps/bundle", "ls --all HOST/images/web", "tags HOST/apps/bundle",
	"referrers HOST/images/web:1", "referrers -o tree HOST/images/web:1", "referrers --all HOST/images/web:1",
	"verify HOST/apps/broken:1.0", "delete --dry-run HOST/apps/bundle:1.0",
	"inspect --format {{.Mode}} HOST/apps/bundle:1.0", "nonsense", "push --plat x HOST/apps/x", "inspect HOST/apps/none:1.0",
	"push --dry-run HOST/apps/x", "copy --bundle HOST/apps/bundle:1.0 HOST/apps/bundle:copy", "tag HOST/apps/bundle:1.0 stable", "tags HOST/apps/bundle",
	"push --bundle HOST/apps/new:1.0", "attach --tag recorded HOST/images/web:1", "lock", "diff HOST/apps/bundle:1.0 HOST/apps/bundle:2.0", "diff HOST/apps/bundle:1.0 other.yaml",
	"save HOST/apps/bundle:1.0 shop.tar", "save HOST/apps/bundle:1.0 shop.tar", "load shop.tar HOST/apps/loaded:1.0",
	"pull -d pulled HOST/apps/bundle:1.0", "pull -d pulled HOST/apps/bundle:2.0", "pull HOST/images/web:1", "verify HOST/apps/bundle:1.0",
	"referrers HOST/apps/bundle:1.0", "ls HOST/images/cache", "copy HOST/apps/bundle:1.0 HOST/images/web:1", "delete HOST/apps/bundle:stable", "delete HOST/images/web:1",
	"up --offline HOST/apps/never:1", "compose HOST/apps/bundle:1.0", "up 127.0.0.1:1/apps/x:1", "logout HOST", "login HOST/apps", "serve --listen 127.0.0.1:0 absent.tar", "completion tcsh", "man", "version -o yaml",
	"push https://HOST/apps/x", "push --bundle --platform linux/riscv64 HOST/apps/x",
	"attach --help", "copy --help", "referrers --help", "pull --help", "inspect --help", "images --help", "ls --help", "delete --help", "save --help",
	"load --help", "diff --help", "lock --help", "serve --help", "up --help", "compose --help", "verify --help", "tag --help", "tags --help", "logout --help", "completion --help", "man --help", "version --help",
}

// TestEveryCommandIsRecorded: with its help, and with its result.
func TestEveryCommandIsRecorded(t *testing.T) {
	t.Parallel()
	for _, name := range commands.Names() {
		require.Contains(t, recordedLines, name+" --help")
		require.True(t, slices.ContainsFunc(recordedLines, func(line string) bool {
			return strings.Fields(line)[0] == name && !strings.HasSuffix(line, "--help")
		}), name)
	}
}

// TestRecordings runs commands on terminals of 80 and 200 columns, and compares the screen with
// testdata/recordings, and the width of each line with that of the terminal.
func TestRecordings(t *testing.T) {
	t.Parallel()
	for _, width := range []int{80, 200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			compareRecording(t, filepath.Join("testdata", "recordings", fmt.Sprintf("%d.txt", width)), record(t, width))
		})
	}
}

// record returns the screen after the commands on a terminal of a width.
func record(t *testing.T, width int) string {
	t.Helper()
	host := registrytest.Start(t).Host
	if len(host) != len("localhost:50000") {
		t.Skipf("the address %s is not as wide as those in the recordings", host)
	}
	p := programtest.New(t)
	p.WriteShop(host)
	p.OK("push", "--bundle", host+"/apps/bundle:1.0")
	p.OK("push", host+"/apps/bundle:2.0")
	p.OK("attach", "--tag", "app", host+"/images/web:1")
	p.Env = []string{"SOURCE_DATE_EPOCH=1767225600"}
	p.OK("attach", "--annotation", "org.example.stage=test", host+"/images/web:1")
	p.Env = []string{"SOURCE_DATE_EPOCH=1769904000"}
	p.OK("attach", "--tag", "newer", host+"/images/web:1")
	p.OK("copy", host+"/apps/bundle:1.0", host+"/apps/broken:1.0")
	removeBundled(t, p, host+"/apps/broken")

	p.Write("other.yaml", strings.ReplaceAll(p.Read("compose.yaml"), host+"/images/db:17", host+"/images/cache:7"))
	compose := tooltest.Lookup(t, "docker-compose") // for up and compose
	p.Env = []string{
		"PATH=" + os.Getenv("PATH") + string(os.PathListSeparator) + filepath.Dir(compose),
	}
	terminal := newScreen(p, width, 24)
	var seen strings.Builder
	for _, line := range recordedLines {
		args := strings.Fields(strings.ReplaceAll(line, "HOST", host))
		command := args[0]
		text := terminal.show(args)
		if !strings.Contains(line, "--help") && !strings.Contains(text, "ocompose: ") && !strings.Contains(line, "-q") && isFitted(command) {
			for shown := range strings.Lines(text) {
				if !notePattern.MatchString(shown) {
					require.LessOrEqual(t, runewidth.StringWidth(strings.TrimSuffix(shown, "\n")), width, line)
				}
			}
		}
		text = strings.NewReplacer(p.Dir, "/home/me/app", p.Home, "/home/me").Replace(text)
		fmt.Fprintf(&seen, "$ ocompose %s\n%s\n", line, text)
	}
	return stable(seen.String(), host)
}

// notePattern matches messages on stderr, with complete references.
var notePattern = regexp.MustCompile(` is complete: | has no (compositions$|referrers)`)

// isFitted reports whether a command prints a table or a tree. Others print references, which are
// never truncated.
func isFitted(command string) bool {
	return slices.Contains([]string{"images", "inspect", "ls", "tags", "referrers", "verify", "diff"}, command)
}

// removeBundled removes a manifest that a bundle needs.
func removeBundled(t *testing.T, p *programtest.Program, repository string) {
	t.Helper()
	removeDigest(t, repository+"@"+p.Inspect(repository + ":1.0").Bundle[1].Digest)
}

var (
	rate       = regexp.MustCompile(` in \d+ s, [\d.]+ [KMG]?i?B/s`)
	cutAddress = regexp.MustCompile(`127\.0\.0\.1:\d*`)
	anyDigest  = regexp.MustCompile(`sha256:[0-9a-f]{7,64}`)
)

// stable returns a text with constant addresses and digests of the same width.
func stable(text, host string) string {
	text = rate.ReplaceAllString(strings.ReplaceAll(text, host, "localhost:50000"), "")
	text = cutAddress.ReplaceAllStringFunc(text, func(part string) string { return "localhost:50000"[:len(part)] })
	names := map[string]string{}
	return anyDigest.ReplaceAllStringFunc(text, func(digest string) string {
		hex := strings.TrimPrefix(digest, "sha256:")
		key := hex[:7]
		if names[key] == "" {
			names[key] = fmt.Sprintf("%07d", len(names)+1)
		}
		return "sha256:" + names[key] + strings.Repeat("f", len(hex)-7)
	})
}

func compareRecording(t *testing.T, path, seen string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(seen), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	wanted := strings.Split(string(want), "\n")
	for i, line := range strings.Split(seen, "\n") {
		if i >= len(wanted) || line != wanted[i] {
			require.Equal(t, wanted[min(i, len(wanted)-1)], line, "%s:%d differs: run the test with -update, and check the changes", path, i+1)
		}
	}
	require.Equal(t, len(want), len(seen), path)
}
