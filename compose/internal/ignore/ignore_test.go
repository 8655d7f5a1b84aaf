package ignore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// write writes files to a new folder and returns it.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

func TestGitignore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rules          string
		ignored, taken []string
	}{
		"a name, anywhere":            {"data\n", []string{"data", "data/a", "a/data", "a/data/b"}, []string{"data2", "a/xdata"}},
		"a name at the top":           {"/data\n", []string{"data/a"}, []string{"a/data"}},
		"a path":                      {"a/b\n", []string{"a/b", "a/b/c"}, []string{"x/a/b", "a/c"}},
		"folders only":                {"logs/\n", []string{"logs/a", "x/logs/a"}, []string{"logs"}},
		"patterns":                    {"*.log\nt?st\n[ab].txt\n[!c].md\n", []string{"a.log", "x/y.log", "test", "a.txt", "x/d.md"}, []string{"log", "tst", "c.txt", "c.md"}},
		"a star stays in its folder":  {"a/*.txt\n", []string{"a/b.txt"}, []string{"a/b/c.txt"}},
		"two stars":                   {"**/foo\na/**\nb/**/c\n", []string{"foo", "x/foo", "a/x/y", "b/c", "b/x/y/c"}, []string{"b/x"}},
		"the last match decides":      {"*.env\n!example.env\n", []string{"a.env"}, []string{"example.env"}},
		"not below an ignored folder": {"data\n!data/keep\n", []string{"data/keep"}, nil},
		"the content of a folder":     {"data/*\n!data/keep\n", []string{"data/a"}, []string{"data/keep"}},
		"comments and blanks":         {"# data\n\n  \ndata \nx\\ \n", []string{"data", "x "}, []string{"# data", "x"}},
		"escapes":                     {"\\#a\n\\!b\n", []string{"#a", "!b"}, []string{"a", "b"}},
		"CRLF":                        {"data\r\n*.log\r\n", []string{"data/a", "a.log"}, nil},
		"invalid patterns":            {"[\n!\n/\n!!a\na\n", []string{"a"}, []string{"[", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := New(write(t, map[string]string{".gitignore": test.rules}))
			for _, name := range test.ignored {
				require.Equal(t, ".gitignore", m.By(name, false), name)
			}
			for _, name := range test.taken {
				require.Empty(t, m.By(name, false), name)
			}
		})
	}
}

func TestGitignoreOfOtherFolders(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"above/.gitignore":          "*.secret\n",
		"repo/.git/HEAD":            "ref: refs/heads/main\n",
		"repo/.gitignore":           "*.log\n/app/tmp\napp/cache\n/apps\n",
		"repo/app/.gitignore":       "*.bak\n",
		"repo/app/conf/.gitignore":  "!keep.log\nlocal\n",
		"repo/apps/one/compose.yml": "",
	})
	m := New(filepath.Join(dir, "repo", "app"))
	for name, want := range map[string]string{
		"a.log": ".gitignore", "tmp/a": ".gitignore", "cache/x": ".gitignore", "conf/a.bak": ".gitignore", "conf/local": ".gitignore",
		"conf/keep.log": "", "local": "", "a.secret": "", "conf/tmp/a": "",
	} {
		require.Equal(t, want, m.By(name, false), name)
	}
	// An ignored folder that is itself packaged is not left out as a whole.
	require.Empty(t, New(filepath.Join(dir, "repo", "apps", "one")).By("a.conf", false))
}

func TestDockerignore(t *testing.T) {
	t.Parallel()
	m := New(write(t, map[string]string{".dockerignore": "# no\n/data\n**/*.log\nconf\n!conf/keep.conf\n"}))
	for name, want := range map[string]string{
		"data/a": ".dockerignore", "x/a.log": ".dockerignore", "conf/a.conf": ".dockerignore", "conf/keep.conf": "", "x/data": "", "a.conf": "",
	} {
		require.Equal(t, want, m.By(name, false), name)
	}
	require.Empty(t, m.By("conf", true), "the folder may contain an excepted file")
}

// FuzzGitignore: no input makes the Matcher fail, or ignore a file without a rule.
func FuzzGitignore(f *testing.F) {
	f.Add("data\n!data/keep\n", "data/keep")
	f.Add("**/[a-\n\\", "a/b")
	f.Add("/**/\n!**\n", "x")
	f.Fuzz(func(t *testing.T, rules, name string) {
		if name == "" || !filepath.IsLocal(name) || strings.ContainsRune(name, 0) {
			return
		}
		dir := write(t, map[string]string{".gitignore": rules, ".dockerignore": rules})
		ignored := New(dir).By(filepath.ToSlash(filepath.Clean(name)), false)
		if ignored != "" && strings.TrimSpace(rules) == "" {
			t.Fatalf("%q is ignored without rules", name)
		}
	})
}

// FuzzBy reads rules of other authors: no input makes it panic or take long.
func FuzzBy(f *testing.F) {
	f.Add("*.log\n!keep/\n/a/**/b\\ \n", "a/x/b/c.log")
	f.Add("[a-\n**/**/**\n\\", "[a-/**")
	f.Add("!!\n//\n", "/")
	f.Fuzz(func(t *testing.T, rules, name string) {
		if len(rules) > 1<<12 || len(name) > 1<<10 || !filepath.IsLocal(name) {
			return
		}
		m := New(write(t, map[string]string{gitFile: rules, dockerFile: rules}))
		by := m.By(filepath.ToSlash(filepath.Clean(name)), false)
		require.Contains(t, []string{"", gitFile, dockerFile}, by)
	})
}
