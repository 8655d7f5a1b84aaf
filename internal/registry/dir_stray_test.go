package registry_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
)

// TestDirStartsBesideStrayFiles: files of other programs in the folder are ignored, and reported.
func TestDirStartsBesideStrayFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := newRegistry(t, registry.WithDir(dir))
	pushBlob(t, r, "team/app", "layer")
	image := imageOf("", "layer")
	pushImage(t, r, "team/app", "1", image)
	require.Empty(t, r.Strays())
	require.NoError(t, r.Close())

	repo := filepath.Join(dir, "repositories", "team", "app")
	strays := []string{
		filepath.Join(repo, "_backup", "x"),
		filepath.Join(repo, "_blobs", "sha256", ".DS_Store"),
		filepath.Join(repo, "_manifests", "sha256", "x.orig"),
		filepath.Join(repo, "_tags", ".1.swp"),
		filepath.Join(repo, "_tags", "1~"),
		filepath.Join(repo, "_tags", "folder", "x"),
		filepath.Join(dir, "repositories", "_blobs", "sha256", "x"),
		filepath.Join(dir, "repositories", "lost+found", "_tags", "1"),
	}
	others := []string{
		filepath.Join(dir, ".DS_Store"), filepath.Join(dir, "repositories", "README"), filepath.Join(repo, "notes"),
		filepath.Join(dir, "blobs", "x"), filepath.Join(dir, "blobs", "sha256", "x"),
	}
	for _, path := range append(others, strays...) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte("stray"), 0o600))
	}
	r = newRegistry(t, registry.WithDir(dir))
	require.Len(t, r.Strays(), len(strays))
	require.Equal(t, image, call(t, r, "GET", "/v2/team/app/manifests/1", "").Body.String())
	require.JSONEq(t, `{"name":"team/app","tags":["1"]}`, call(t, r, "GET", "/v2/team/app/tags/list", "").Body.String())
	require.JSONEq(t, `{"repositories":["team/app"]}`, call(t, r, "GET", "/v2/_catalog", "").Body.String())
	for _, path := range append(others, strays...) {
		require.FileExists(t, path)
	}
}
