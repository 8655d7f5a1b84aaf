package credentials

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/require"
)

func registry(t *testing.T, host string) name.Registry {
	t.Helper()
	r, err := name.NewRegistry(host)
	require.NoError(t, err)
	return r
}

// open opens the store of an environment with one variable, and without helpers in PATH.
func open(t *testing.T, variable, value string) *Store {
	t.Helper()
	t.Setenv("PATH", t.TempDir())
	s, err := Open(func(name string) string { return map[string]string{variable: value}[name] })
	require.NoError(t, err)
	return s
}

func TestPutAndRemove(t *testing.T) {
	dir := t.TempDir()
	s := open(t, "DOCKER_CONFIG", filepath.Join(dir, "new"))
	where, plain, err := s.Put(t.Context(), registry(t, "r.example:5000"), Login{Username: "alice", Password: "s:ecret"})
	require.NoError(t, err)
	require.Equal(t, s.Path(), where)
	require.True(t, plain)
	raw, err := os.ReadFile(s.Path())
	require.NoError(t, err)
	require.JSONEq(t, `{"auths": {"r.example:5000": {"auth": "YWxpY2U6czplY3JldA=="}}}`, string(raw))
	info, err := os.Stat(s.Path())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	_, _, err = s.Put(t.Context(), registry(t, "docker.io"), Login{IdentityToken: "token"})
	require.NoError(t, err)
	raw, err = os.ReadFile(s.Path())
	require.NoError(t, err)
	require.Contains(t, string(raw), `"https://index.docker.io/v1/": {
			"identitytoken": "token"`)

	for _, host := range []string{"r.example:5000", "docker.io"} {
		found, err := s.Remove(t.Context(), registry(t, host))
		require.NoError(t, err)
		require.True(t, found)
		found, err = s.Remove(t.Context(), registry(t, host))
		require.NoError(t, err)
		require.False(t, found)
	}
	raw, err = os.ReadFile(s.Path())
	require.NoError(t, err)
	require.JSONEq(t, `{"auths": {}}`, string(raw))
	require.NoFileExists(t, filepath.Join(dir, "config.json"))
}

// TestOtherContentIsKept: other logins and unknown fields stay unchanged, and the file becomes readable
// only by its owner.
func TestOtherContentIsKept(t *testing.T) {
	dir := t.TempDir()
	linked := filepath.Join(dir, "real.json")
	require.NoError(t, os.WriteFile(linked, []byte(`{"unknown": {"a": [1.50]}, "auths": {"other": {"auth": "YTpi", "email": "x"}}, "proxies": {}}`), 0o644))
	require.NoError(t, os.Symlink("real.json", filepath.Join(dir, "config.json")))
	s := open(t, "DOCKER_CONFIG", dir)
	_, _, err := s.Put(t.Context(), registry(t, "r.example"), Login{Username: "a", Password: "b"})
	require.NoError(t, err)
	raw, err := os.ReadFile(linked)
	require.NoError(t, err)
	require.JSONEq(t, `{"unknown": {"a": [1.50]}, "auths": {"other": {"auth": "YTpi", "email": "x"}, "r.example": {"auth": "YTpi"}}, "proxies": {}}`, string(raw))
	require.Contains(t, string(raw), "1.50")
	info, err := os.Lstat(filepath.Join(dir, "config.json"))
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeSymlink)
	info, err = os.Stat(linked)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
}

func TestPodmansFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "auth.json")
	s := open(t, "REGISTRY_AUTH_FILE", path)
	_, _, err := s.Put(t.Context(), registry(t, "docker.io"), Login{Username: "a", Password: "b"})
	require.NoError(t, err)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.JSONEq(t, `{"auths": {"docker.io": {"auth": "YTpi"}}}`, string(raw))
}

// helper puts a credential helper into PATH that stores its input in a folder.
func helper(t *testing.T, called string) string {
	t.Helper()
	bin, kept := t.TempDir(), t.TempDir()
	script := fmt.Sprintf(`#!/bin/sh
cd %s
case $1 in
store) /bin/cat > stored; [ ! -e broken ] || { /bin/cat stored; exit 1; } ;;
get) [ -e stored ] && /bin/cat stored || { echo credentials not found in native keychain; exit 1; } ;;
erase) /bin/rm stored ;;
esac
`, kept)
	require.NoError(t, os.WriteFile(filepath.Join(bin, "docker-credential-"+called), []byte(script), 0o755))
	t.Setenv("PATH", bin)
	return kept
}

func TestHelpers(t *testing.T) {
	for what, config := range map[string]string{
		"for all": `{"credsStore": "kept"}`, "for one": `{"credHelpers": {"r.example": "kept"}}`,
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o600))
		s := open(t, "DOCKER_CONFIG", dir)
		kept := helper(t, "kept")
		where, plain, err := s.Put(t.Context(), registry(t, "r.example"), Login{Username: "alice", Password: "secret"})
		require.NoError(t, err, what)
		require.Equal(t, "the credential helper docker-credential-kept", where)
		require.False(t, plain)
		raw, err := os.ReadFile(filepath.Join(kept, "stored"))
		require.NoError(t, err)
		require.JSONEq(t, `{"ServerURL": "r.example", "Username": "alice", "Secret": "secret"}`, string(raw))
		raw, err = os.ReadFile(s.Path())
		require.NoError(t, err)
		require.NotContains(t, string(raw), "auth\"")
		var document struct{ Auths map[string]any }
		require.NoError(t, json.Unmarshal(raw, &document))
		require.Contains(t, document.Auths, "r.example")

		found, err := s.Remove(t.Context(), registry(t, "r.example"))
		require.NoError(t, err)
		require.True(t, found)
		require.NoFileExists(t, filepath.Join(kept, "stored"))
		found, err = s.Remove(t.Context(), registry(t, "r.example"))
		require.NoError(t, err)
		require.False(t, found)
	}
}

// TestBrokenHelpers: an error about a missing or failing helper has its name, and no secrets.
func TestBrokenHelpers(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"credsStore": "desktop"}`), 0o600))
	s := open(t, "DOCKER_CONFIG", dir)
	_, _, err := s.Put(t.Context(), registry(t, "r.example"), Login{Username: "alice", Password: "secret"})
	require.ErrorContains(t, err, "docker-credential-desktop, which "+s.Path()+" names")
	kept := helper(t, "desktop")
	require.NoError(t, os.WriteFile(filepath.Join(kept, "broken"), nil, 0o600))
	_, _, err = s.Put(t.Context(), registry(t, "r.example"), Login{Username: "alice", Password: "secret"})
	require.ErrorContains(t, err, "docker-credential-desktop")
	require.NotContains(t, err.Error(), "secret")
}

func TestUnreadableFile(t *testing.T) {
	for _, content := range []string{"{", "[]", `{"auths": []}`, `{"auths": {"r.example": {"auth": "%"}}}`, `{"auths": {"r.example": {"auth": "YWxpY2U="}}}`} {
		dir := t.TempDir()
		s := open(t, "DOCKER_CONFIG", dir)
		require.NoError(t, os.WriteFile(s.Path(), []byte(content), 0o600))
		_, _, err := s.Put(t.Context(), registry(t, "r.example"), Login{Username: "a", Password: "b"})
		require.ErrorContains(t, err, s.Path(), content)
		raw, err := os.ReadFile(s.Path())
		require.NoError(t, err)
		require.Equal(t, content, string(raw))
	}
}

// TestConcurrentLogins: no concurrent login is lost.
func TestConcurrentLogins(t *testing.T) {
	s := open(t, "DOCKER_CONFIG", t.TempDir())
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if _, _, err := s.Put(t.Context(), registry(t, fmt.Sprintf("r%d.example", i)), Login{Username: "a", Password: "b"}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	raw, err := os.ReadFile(s.Path())
	require.NoError(t, err)
	var document struct{ Auths map[string]any }
	require.NoError(t, json.Unmarshal(raw, &document))
	require.Len(t, document.Auths, 20)
}

func TestEnvironmentHas(t *testing.T) {
	t.Parallel()
	getenv := func(string) string {
		return `{"auths": {"r.example": {"auth": "YTpi"}, "https://index.docker.io/v1/": {"auth": "YTpi"}}}`
	}
	require.True(t, EnvironmentHas(registry(t, "r.example"), getenv))
	require.True(t, EnvironmentHas(registry(t, "docker.io"), getenv))
	require.False(t, EnvironmentHas(registry(t, "other.example"), getenv))
	require.False(t, EnvironmentHas(registry(t, "r.example"), func(string) string { return "{" }))
	require.False(t, EnvironmentHas(registry(t, "r.example"), func(string) string { return "" }))
	for value, readable := range map[string]bool{
		"": true, "{}": true, `{"auths": {"r": {"auth": "YTpi"}}}`: true,
		"{": false, "x": false, `{} {}`: false, `{"auths": {"r": {"auth": "%"}}}`: false, `{"auths": {"r": {}}}`: false, `{"auths": {"r": {"auth": "OmI="}}}`: false,
		`{"credsStore": "x"}`: false, `{"auths": {"r": {"auth": "YTpi", "email": ""}}}`: false,
	} {
		require.Equal(t, readable, IsEnvironmentReadable(func(string) string { return value }), value)
	}
}
