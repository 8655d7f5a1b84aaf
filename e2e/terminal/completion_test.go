package terminal

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// aLine is a command line with an incomplete last word, and one of its completions.
type aLine struct{ line, want string }

// completionLines are command lines in a folder with the shop, for a registry that has the shop
// and a stored login.
func completionLines(host string) []aLine {
	return []aLine{
		{"ocompose pu", "push"},
		{"ocompose push --pla", "--platform"},
		{"ocompose --qu", "--quiet"},
		{"ocompose push --platform linux/amd64,linux/arm6", "linux/amd64,linux/arm64"},
		{"ocompose push --platform=linux/arm6", "--platform=linux/arm64"},
		{"ocompose inspect -o js", "json"},
		{"ocompose attach --service w", "web"},
		{"ocompose push --image w", "web="},
		{"ocompose inspect " + host + "/apps/shop:1.", host + "/apps/shop:1.0"},
		{"ocompose inspect " + host[:5], host + "/"},
		{"ocompose copy " + host + "/apps/shop:1.0 oci", "oci-layout:"},
		{"ocompose tag " + host + "/apps/shop:1.0 1", "1.0"},
		{"ocompose completion f", "fish"},
		{"ocompose push -f comp", "compose.yaml"},
		{"ocompose pull -d fol", "folder"},
	}
}

// completing prepares the content for the completions.
func completing(t *testing.T) (*programtest.Program, string) {
	p := programtest.New(t)
	host := registrytest.Start(t).Host
	p.WriteShop(host)
	p.OK("push", host+"/apps/shop:1.0")
	require.NoError(t, os.Mkdir(filepath.Join(p.Dir, "folder"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(p.Home, ".docker"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(p.Home, ".docker", "config.json"), []byte(`{"auths": {"`+host+`": {"auth": "YTpi"}}}`), 0o600))
	return p, host
}

// TestCompletionInShells tests completion in real shells.
func TestCompletionInShells(t *testing.T) {
	t.Parallel()
	p, host := completing(t)
	for shell, ask := range map[string]func(line string) []string{
		"bash": func(line string) []string { return askBash(p, line) },
		"zsh":  func(line string) []string { return askZsh(p, line) },
		"fish": func(line string) []string { return askFish(p, line) },
	} {
		t.Run(shell, func(t *testing.T) {
			tooltest.Lookup(t, shell)
			p.Write("ocompose."+shell, p.OK("completion", shell)+"\n")
			for _, line := range completionLines(host) {
				want := line.want
				if shell == "bash" { // it splits the word at : and =
					want = want[strings.LastIndexAny(want[:max(0, common(line.line, want))], ":=")+1:]
				}
				require.Contains(t, ask(line.line), want, line.line)
			}
			require.Empty(t, ask("ocompose nonsense "), "an unknown command must have no completions")
			require.Empty(t, ask("ocompose inspect 127.0.0.1:1/shop:"), "an unreachable registry must not be an error")
		})
	}
}

// common returns the number of bytes of want that the last word of the line has already.
func common(line, want string) int {
	word := line[strings.LastIndexByte(line, ' ')+1:]
	if !strings.HasPrefix(want, word) {
		return 0
	}
	return len(word)
}

func askBash(p *programtest.Program, line string) []string {
	script := `source ./ocompose.bash
COMP_LINE=$1 COMP_POINT=${#1}
_ocompose ocompose
printf '%s\n' "${COMPREPLY[@]}"`
	return filled(p.Output("bash", "--norc", "-c", script, "bash", line))
}

// askZsh makes the functions that show candidates print them, because the real ones need a
// terminal.
func askZsh(p *programtest.Program, line string) []string {
	script := `compdef() { : }
_describe() { print -rl -- "${(@P)4}" | sed 's/\([^\\]\):.*/\1/; s/\\:/:/g' }
compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -rl -- "$@" }
compset() { : }
_files() { [[ $1 == -/ ]] && print -rl -- *(/) || print -rl -- * }
source ./ocompose.zsh
words=("${(@s: :)1}") CURRENT=${#words}
_ocompose`
	return filled(p.Output("zsh", "-f", "-c", script, "zsh", line))
}

func askFish(p *programtest.Program, line string) []string {
	answer := p.Output("fish", "--no-config", "-c", `source ./ocompose.fish; complete -C $argv[1]`, line)
	var words []string
	for _, each := range filled(answer) {
		word, _, _ := strings.Cut(each, "\t")
		words = append(words, strings.TrimSuffix(word, "/"), word)
	}
	return words
}

// filled returns the non-empty lines of a text.
func filled(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestCompletionNeverFails: the result is always candidates, status 0 and nothing on stderr,
// also if a registry accepts connections and never responds.
func TestCompletionNeverFails(t *testing.T) {
	t.Parallel()
	p := programtest.New(t)
	silent := listenOnly(t)
	p.Write("compose.yaml", "services: [")
	for _, args := range [][]string{
		{}, {""}, {"push", "-f", ""}, {"push", "--nonsense", ""}, {"nonsense", ""}, {"inspect", "a b:"}, {"inspect", "https://x/y:"},
		{"attach", "--service", ""}, {"attach", "-f", "-", "--service", ""}, {"attach", "-f", "missing.yaml", "--service", ""},
		{"inspect", silent + "/shop:"}, {"tag", silent + "/shop:1", ""}, {"tag", "\x1b", ""}, {"help", ""}, {"-", "--"}, {"--jobs", ""},
	} {
		end := p.Run(append([]string{"__complete"}, args...)...)
		require.Zero(t, end.Status, "%q", args)
		require.Empty(t, end.Stderr, "%q", args)
		require.Regexp(t, `(^|\n):\d+\n$`, end.Stdout, "%q", args)
	}
}

// listenOnly is the address of a listener that accepts connections and never responds.
func listenOnly(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}
