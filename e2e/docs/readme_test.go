package docs

import (
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/notaryproject/notation-core-go/testhelper"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/signaturetest"
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

// A step is a command of a document, with its expected output.
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

// A reader follows a document, on a machine with Docker and ocompose.
type reader struct {
	*programtest.Program
	here, back *strings.Replacer
}

// newReader prepares the programs that the document runs, and an engine if it runs containers.
func newReader(t *testing.T, document string) *reader {
	t.Helper()
	compose := tooltest.Lookup(t, "docker-compose")
	p := programtest.New(t)
	static := filepath.Join(p.Home, "bin", "ocompose") // as the README has it installed
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", static, "../..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	plugin := filepath.Join(p.Home, ".docker", "cli-plugins", "docker-compose")
	require.NoError(t, os.MkdirAll(filepath.Dir(plugin), 0o755))
	require.NoError(t, os.Symlink(compose, plugin))
	for _, name := range []string{"crane", "oras"} {
		if strings.Contains(document, "\n$ "+name+" ") {
			require.NoError(t, os.Symlink(tooltest.Lookup(t, name), filepath.Join(filepath.Dir(static), name)))
		}
	}
	if runsContainers.MatchString(document) {
		p.Env = append(p.Env, enginetest.Start(t).Env())
	}
	p.Env = append(p.Env, "PATH="+filepath.Dir(static)+string(os.PathListSeparator)+os.Getenv("PATH"))
	local := strings.Replace(p.ServeWith(static, "--demo").Host, "127.0.0.1", "localhost", 1)
	other := registrytest.Start(t).Host
	return &reader{
		Program: p,
		here:    strings.NewReplacer("localhost:5000", local, "registry.example.com", other, "8080:80", "0:80", "/home/me/app", p.Dir, "/home/me", p.Home),
		back:    strings.NewReplacer(local, "localhost:5000", other, "registry.example.com", "0:80", "8080:80", p.Dir, "/home/me/app", p.Home, "/home/me"),
	}
}

// runsContainers matches documents that need an engine.
var runsContainers = regexp.MustCompile(`(?m)^\$ ocompose (up|compose|load --engine)|^\$ docker compose .*(publish|up)`)

// follow runs the commands of a document, and returns the document with their output in place of
// question marks.
func (r *reader) follow(document string) string {
	r.T.Helper()
	for _, b := range blocks(document) {
		switch b.language {
		case "yaml":
			r.Write("compose.yaml", r.here.Replace(b.content))
		case "json":
			if strings.Contains(b.content, "trustPolicies") {
				r.Write("policy/trustpolicy.json", b.content)
			}
		case "console":
			for _, s := range steps(b) {
				printed := r.step(s)
				if slices.Equal(s.prints, []string{"?"}) {
					document = strings.Replace(document, s.command+"\n?\n", s.command+"\n"+r.back.Replace(printed), 1)
				}
			}
		}
	}
	return document
}

// step runs a command, which must succeed and print the output in the document.
func (r *reader) step(s step) string {
	r.T.Helper()
	if ref, ok := strings.CutPrefix(s.command, "notation sign "); ok {
		r.sign(r.here.Replace(ref))
		return ""
	}
	end := r.Exec("sh", "-c", "{ "+r.here.Replace(s.command)+"; } 2>&1")
	allowed := 0
	if strings.HasPrefix(s.command, "diff ") {
		allowed = 1
	}
	require.LessOrEqual(r.T, end.Status, allowed, "%s\n%s", s.command, end.Stdout)
	if *update && slices.Equal(s.prints, []string{"?"}) {
		return end.Stdout
	}
	requirePrinted(r.T, s, strings.Join(s.prints, "\n"), r.back.Replace(end.Stdout))
	return end.Stdout
}

// sign signs like notation, with its library, and adds the certificate to the trusted ones of the
// document's policy.
func (r *reader) sign(ref string) {
	r.T.Helper()
	with := testhelper.GetRSASelfSignedSigningCertTuple("shop")
	r.Write("policy/truststore/x509/ca/shop/root.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: with.Cert.Raw})))
	signaturetest.Sign(r.T, ref, with)
}

// TestTheTour: every command of the README's tour works as written, one after the other, starting
// with nothing, and prints the output in the README.
func TestTheTour(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Docker engine")
	}
	t.Parallel()
	content, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, tour, ok := strings.Cut(string(content), "\n## A tour\n")
	require.True(t, ok)
	tour, _, _ = strings.Cut(tour, "\n## More\n")
	newReader(t, tour).follow(tour)
}

// guides are the other documents with commands to follow. All of them are run.
var guides = []string{"docs/cli.md", "docs/comparison.md", "docs/concepts.md", "docs/signatures.md"}

// TestGuides does the same for each guide. A guide without a project uses the tour's.
func TestGuides(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Docker engines")
	}
	t.Parallel()
	howto, err := filepath.Glob("../../docs/howto/[a-z]*.md")
	require.NoError(t, err)
	require.NotEmpty(t, howto)
	for _, guide := range guides {
		howto = append(howto, filepath.Join("..", "..", filepath.FromSlash(guide)))
	}
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	project := blocks(string(readme))[slices.IndexFunc(blocks(string(readme)), func(b block) bool { return b.language == "yaml" })]
	for _, guide := range howto {
		t.Run(filepath.Base(guide), func(t *testing.T) {
			content, err := os.ReadFile(guide)
			require.NoError(t, err)
			r := newReader(t, string(content))
			r.Write("compose.yaml", r.here.Replace(project.content))
			followed := r.follow(string(content))
			if *update {
				require.NoError(t, os.WriteFile(guide, []byte(followed), 0o644))
			}
		})
	}
}

// TestCommandsInDocumentsAreRun: every command of ocompose in a document is run by a test.
func TestCommandsInDocumentsAreRun(t *testing.T) {
	t.Parallel()
	run := append([]string{
		"README.md",       // TestTheTour
		"docs/release.md", // has the name of a release
	}, guides...)
	require.NoError(t, fs.WalkDir(os.DirFS("../.."), "docs", func(name string, _ fs.DirEntry, err error) error {
		if filepath.Ext(name) != ".md" || path.Dir(name) == "docs/howto" || slices.Contains(run, name) {
			return err
		}
		content, err := os.ReadFile(filepath.Join("..", "..", name))
		for _, b := range blocks(string(content)) {
			require.NotEqual(t, "console", b.language, "%s: add it to the guides", name)
		}
		return err
	}))
}

// requirePrinted compares the output of a command with the document: digests and sizes may
// differ, but equal digests stay equal, and "…" matches any lines.
func requirePrinted(t testing.TB, s step, says, printed string) {
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

// TestReadmeBlocks: commands to type are in blocks that are run.
func TestReadmeBlocks(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(blocks(string(content)), func(b block) bool { return strings.Contains(b.content, "ocompose serve --demo") }))
	for _, b := range blocks(string(content)) {
		require.Contains(t, []string{"console", "yaml", "sh"}, b.language, fmt.Sprintf("a block without a language, or with another: %s", b.content))
	}
}
