package tooltest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func program(t *testing.T, dir, name string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"), mode))
	return path
}

func TestFindPrefersTheToolsFolder(t *testing.T) {
	tools, path := t.TempDir(), t.TempDir()
	t.Setenv("PATH", path)

	inPath := program(t, path, "thing", 0o755)
	got, err := find("thing", tools)
	require.NoError(t, err)
	require.Equal(t, inPath, got)

	inTools := program(t, tools, "thing", 0o755)
	got, err = find("thing", tools)
	require.NoError(t, err)
	require.Equal(t, inTools, got)
}

func TestFindRejects(t *testing.T) {
	tools := t.TempDir()
	t.Setenv("PATH", t.TempDir())
	program(t, tools, "data", 0o644)
	for _, name := range []string{"absent-program", "data", "", "../data", "/bin/sh"} {
		_, err := find(name, tools)
		require.Error(t, err, "%q", name)
	}
}

func TestToolsFolderIsRelativeToTheRoot(t *testing.T) {
	root := moduleRoot()
	require.FileExists(t, filepath.Join(root, "main.go"))
	t.Setenv(ToolsEnv, "")
	require.Equal(t, filepath.Join(root, ".tools", "bin"), toolsDir())
	t.Setenv(ToolsEnv, "elsewhere/bin")
	require.Equal(t, filepath.Join(root, "elsewhere/bin"), toolsDir())
	t.Setenv(ToolsEnv, "/opt/bin")
	require.Equal(t, "/opt/bin", toolsDir())
}

func TestMissing(t *testing.T) {
	for ci, want := range map[string]string{"true": "failed", "": "skipped"} {
		t.Setenv(CIEnv, ci)
		fake := &ending{}
		func() {
			defer func() { _ = recover() }()
			Missing(fake, "no %s", "thing")
		}()
		require.Equal(t, want, fake.how, "CI=%q", ci)
	}
}

// ending is a test that records how it ended, instead of ending the real one.
type ending struct {
	testing.TB
	how string
}

func (e *ending) Helper() {}

func (e *ending) Fatalf(string, ...any) { e.how = "failed"; panic(e.how) }

func (e *ending) Skipf(string, ...any) { e.how = "skipped"; panic(e.how) }

func TestEnvironIsIsolated(t *testing.T) {
	t.Setenv("HOME", "/home/someone")
	t.Setenv("DOCKER_HOST", "unix:///elsewhere.sock")
	t.Setenv("COMPOSE_FILE", "other.yaml")
	home := t.TempDir()
	env := Environ(home, "KEY=VALUE")
	require.Contains(t, env, "HOME="+home)
	require.Contains(t, env, "DOCKER_CONFIG="+filepath.Join(home, ".docker"))
	require.NotContains(t, env, "HOME=/home/someone")
	require.NotContains(t, env, "COMPOSE_FILE=other.yaml")
	require.False(t, slices.ContainsFunc(env, func(kv string) bool { return kv == "DOCKER_HOST=unix:///elsewhere.sock" }))
	require.Equal(t, "KEY=VALUE", env[len(env)-1])
}
