package mirrors

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// write writes a file and returns its path.
func write(t *testing.T, path, content string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func read(t *testing.T, content ...string) (*Config, error) {
	t.Helper()
	var paths []string
	for range content {
		paths = append(paths, filepath.Join(t.TempDir(), "registries.conf"))
	}
	for i, text := range content {
		write(t, paths[i], text)
	}
	return Read(paths...)
}

func TestFind(t *testing.T) {
	c, err := read(t, `
unqualified-search-registries = ["docker.io"]
short-name-mode = "enforcing"

[aliases]
web = "docker.io/library/web"

[[registry]]
location = "example.com"
[[registry.mirror]]
location = "all.internal:5000/mirror/"
[[registry.mirror]]
location = "digests.internal"
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "tags.internal"
pull-from-mirror = "tag-only"

[[registry]]
prefix = "example.com/team"
location = "internal/moved"
mirror-by-digest-only = true
[[registry.mirror]]
location = "m.internal"

[[registry]]
prefix = "*.example.org"
location = "internal/org"

[[registry]]
prefix = "*.b.example.org"
blocked = true

[[registry]]
prefix = "docker.io/library"
location = "internal/hub"

[[registry]]
location = "same.example"
`)
	require.NoError(t, err)
	all := []Mirror{{"all.internal:5000/mirror/x/web", true, true}, {"digests.internal/x/web", false, true}, {"tags.internal/x/web", true, false}}
	port := []Mirror{{"all.internal:5000/mirror:5000/web", true, true}, {"digests.internal:5000/web", false, true}, {"tags.internal:5000/web", true, false}}
	for repository, want := range map[string]Sources{
		"example.com/x/web":         {Location: "example.com/x/web", Mirrors: all},
		"example.com:5000/web":      {Location: "example.com:5000/web", Mirrors: port},
		"example.com/team":          {Location: "internal/moved", Mirrors: []Mirror{{"m.internal", false, true}}},
		"example.com/team/web":      {Location: "internal/moved/web", Mirrors: []Mirror{{"m.internal/web", false, true}}},
		"example.com/teams":         {Location: "example.com/teams", Mirrors: []Mirror{{"all.internal:5000/mirror/teams", true, true}, {"digests.internal/teams", false, true}, {"tags.internal/teams", true, false}}},
		"a.example.org/web":         {Location: "internal/org/web"},
		"c.a.example.org/x/web":     {Location: "internal/org/x/web"},
		"a.b.example.org/web":       {Location: "a.b.example.org/web", BlockedBy: "*.b.example.org"},
		"docker.io/library/nginx":   {Location: "internal/hub/nginx"},
		"example.org/web":           {},
		"aexample.org/web":          {},
		"other/a.example.org/web":   {},
		"docker.io/nginx/nginx":     {},
		"example.community/x":       {},
		"same.example/web":          {},
		"sub.example.com/x":         {},
		"internal/hub/nginx":        {},
		"127.0.0.1:5000/x.example":  {},
		"a.example.orgs/web":        {},
		"localhost/example.com/web": {},
	} {
		got, ok := c.Find(repository)
		require.Equal(t, want.Location != "", ok, repository)
		if ok {
			require.Equal(t, want, got, repository)
		}
	}
	_, ok := (*Config)(nil).Find("example.com/x")
	require.False(t, ok)
}

func TestIsInsecure(t *testing.T) {
	c, err := read(t, `
[[registry]]
prefix = "example.com/team"
location = "moved:5000/x"
insecure = true
[[registry.mirror]]
location = "mirror:5000/y"
[[registry.mirror]]
location = "open:5000/y"
insecure = true
[[registry]]
prefix = "plain:5000"
insecure = true
`)
	require.NoError(t, err)
	for host, want := range map[string]bool{
		"moved:5000": true, "open:5000": true, "plain:5000": true,
		"mirror:5000": false, "example.com": false, "moved": false, "plain": false, "": false,
	} {
		require.Equal(t, want, c.IsInsecure(host), host)
	}
	require.False(t, (*Config)(nil).IsInsecure("plain:5000"))
}

func TestV1Format(t *testing.T) {
	c, err := read(t, "[registries.search]\nregistries = ['docker.io']\n[registries.insecure]\nregistries = ['a:5000', 'b']\n[registries.block]\nregistries = ['b', 'c']\n")
	require.NoError(t, err)
	require.True(t, c.IsInsecure("a:5000"))
	for repository, blocked := range map[string]bool{"a:5000/x": false, "b/x": true, "c/x": true, "docker.io/x": false} {
		found, _ := c.Find(repository)
		require.Equal(t, blocked, found.BlockedBy != "", repository)
	}
}

func TestLaterFileReplacesATable(t *testing.T) {
	c, err := read(t, "[[registry]]\nprefix = 'a'\nlocation = 'first'\n[[registry]]\nprefix = 'b'\nlocation = 'first'\n", "[[registry]]\nprefix = 'a'\nlocation = 'second'\n")
	require.NoError(t, err)
	for repository, want := range map[string]string{"a/x": "second/x", "b/x": "first/x"} {
		found, ok := c.Find(repository)
		require.True(t, ok)
		require.Equal(t, want, found.Location)
	}
}

func TestInvalidConfiguration(t *testing.T) {
	for content, want := range map[string]string{
		"[[registry]\n":                                                      "registries.conf",
		"[[registry]]\ninsecure = true\n":                                    "neither prefix nor location",
		"[[registry]]\nlocation = 5\n":                                       "location",
		"[[registry]]\nprefix = 'a.*.com'\n":                                 "a.*.com",
		"[[registry]]\nprefix = '*.a.*.com'\n":                               "asterisk",
		"[[registry]]\nprefix = 'a'\n[[registry.mirror]]\ninsecure = true\n": "no location",
		"[[registry]]\nprefix = 'a'\n[[registry.mirror]]\nlocation = 'b'\npull-from-mirror = 'x'\n": "pull-from-mirror",
	} {
		_, err := read(t, content)
		require.ErrorContains(t, err, want, content)
		require.ErrorContains(t, err, "registries.conf", content)
	}
	_, err := Read(filepath.Join(t.TempDir(), "absent.conf"))
	require.ErrorContains(t, err, "absent.conf")
}

func TestFiles(t *testing.T) {
	home := t.TempDir()
	own := write(t, filepath.Join(home, "containers", "registries.conf"), "")
	b := write(t, filepath.Join(home, "containers", "registries.conf.d", "b.conf"), "")
	a := write(t, filepath.Join(home, "containers", "registries.conf.d", "a.conf"), "")
	write(t, filepath.Join(home, "containers", "registries.conf.d", "c.txt"), "")
	ours := func(env map[string]string) (found []string) {
		for _, path := range files(func(name string) string { return env[name] }) {
			if strings.HasPrefix(path, home) || strings.HasPrefix(path, "/named") {
				found = append(found, path)
			}
		}
		return found
	}
	require.Equal(t, []string{own, a, b}, ours(map[string]string{"XDG_CONFIG_HOME": home}))
	require.Equal(t, []string{"/named", a, b}, ours(map[string]string{"XDG_CONFIG_HOME": home, "CONTAINERS_REGISTRIES_CONF": "/named"}))
}
