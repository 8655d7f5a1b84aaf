package registry_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
)

// files returns the paths of all files below the folder, sorted.
func files(t *testing.T, folder string) []string {
	t.Helper()
	var found []string
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			relative, err := filepath.Rel(folder, path)
			require.NoError(t, err)
			found = append(found, filepath.ToSlash(relative))
		}
		return err
	}))
	slices.Sort(found)
	return found
}

func TestDirSurvivesRestart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "by it")
	r := newRegistry(t, registry.WithDir(dir))
	image := imageOf("", "layer")
	pushBlob(t, r, "team/app", "layer")
	pushImage(t, r, "team/app", "1", image)
	pushImage(t, r, "team/app", "gone", image)
	referrer := imageOf(fmt.Sprintf(`"artifactType":"application/vnd.example","subject":%s,`, descriptor(ociImage, image)))
	require.Equal(t, 201, put(t, r, "team/app", sha512Of(referrer), ociImage, referrer).Code)
	index := indexOf("", descriptor(ociImage, image))
	require.Equal(t, 201, put(t, r, "team/app", "index", ociIndex, index).Code)
	require.Equal(t, 202, call(t, r, "DELETE", "/v2/team/app/manifests/gone", "").Code)
	require.Equal(t, 201, call(t, r, "POST", "/v2/team/blobs/uploads/?from=team/app&mount="+sha256Of("layer"), "").Code)
	pushBlob(t, r, "team/app", "deleted")
	require.Equal(t, 202, call(t, r, "DELETE", "/v2/team/app/blobs/"+sha256Of("deleted"), "").Code)
	open := begin(t, r, "team/app")
	require.Equal(t, 202, call(t, r, "PATCH", open, "half").Code)

	_, err := registry.New(registry.WithDir(dir))
	require.ErrorContains(t, err, "another process is using it")
	require.NoError(t, r.Close())

	r = newRegistry(t, registry.WithDir(dir))
	require.JSONEq(t, `{"name":"team/app","tags":["1","index"]}`, call(t, r, "GET", "/v2/team/app/tags/list", "").Body.String())
	require.JSONEq(t, `{"repositories":["team","team/app"]}`, call(t, r, "GET", "/v2/_catalog", "").Body.String())
	got := call(t, r, "GET", "/v2/team/app/manifests/1", "")
	require.Equal(t, image, got.Body.String())
	require.Equal(t, ociImage, got.Header().Get("Content-Type"))
	require.Equal(t, index, call(t, r, "GET", "/v2/team/app/manifests/"+sha256Of(index), "").Body.String())
	require.Equal(t, "layer", call(t, r, "GET", "/v2/team/blobs/"+sha256Of("layer"), "").Body.String())
	require.Equal(t, 404, call(t, r, "GET", "/v2/team/blobs/"+sha256Of("{}"), "").Code)
	require.Equal(t, 404, call(t, r, "GET", open, "").Code)
	require.Equal(t, "application/vnd.example", referrersOf(t, r, "team/app", sha256Of(image))[sha512Of(referrer)].ArtifactType)

	var content []string
	for _, file := range files(t, dir) {
		if strings.HasPrefix(file, "blobs/") {
			content = append(content, strings.Replace(strings.TrimPrefix(file, "blobs/"), "/", ":", 1))
		}
		require.False(t, strings.HasPrefix(file, "uploads/"), file)
	}
	want := []string{sha256Of("layer"), sha256Of("{}"), sha256Of(image), sha256Of(index), sha512Of(referrer)}
	slices.Sort(want)
	require.Equal(t, want, content, "each content once, and only content of repositories")

	// Content that is deleted after the restart is removed with its last repository.
	require.Equal(t, 202, call(t, r, "DELETE", "/v2/team/app/blobs/"+sha256Of("layer"), "").Code)
	require.FileExists(t, filepath.Join(dir, "blobs", "sha256", sha256Of("layer")[7:]))
	require.Equal(t, 202, call(t, r, "DELETE", "/v2/team/blobs/"+sha256Of("layer"), "").Code)
	require.NoFileExists(t, filepath.Join(dir, "blobs", "sha256", sha256Of("layer")[7:]))
}

// Files that a killed process can leave behind do not stop the next start: files in uploads, and
// content without a link.
func TestDirAfterKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "uploads"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "uploads", "12345"), []byte("half"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "blobs", "sha256", sha256Of("layer")[7:]), []byte("layer"), 0o600))
	r := newRegistry(t, registry.WithDir(dir))
	require.NoFileExists(t, filepath.Join(dir, "uploads", "12345"))
	require.Equal(t, 404, call(t, r, "GET", "/v2/app/blobs/"+sha256Of("layer"), "").Code)
	pushBlob(t, r, "app", "layer")
	require.Equal(t, "layer", call(t, r, "GET", "/v2/app/blobs/"+sha256Of("layer"), "").Body.String())
}

// Files of the registry that were changed by others are an error with the path.
func TestDirRejected(t *testing.T) {
	t.Parallel()
	digest := sha256Of("x")[7:]
	for name, path := range map[string]string{
		"bad tag":                "repositories/app/_tags/1",
		"blob without content":   "repositories/app/_blobs/sha256/" + digest,
		"manifest without bytes": "repositories/app/_manifests/sha256/" + digest,
	} {
		dir := t.TempDir()
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, path), nil, 0o600))
		_, err := registry.New(registry.WithDir(dir))
		require.ErrorContains(t, err, dir, name)
		if strings.Contains(path, "_manifests") {
			require.NoError(t, os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "blobs", "sha256", digest), []byte("x"), 0o600))
			_, err := registry.New(registry.WithDir(dir))
			require.ErrorContains(t, err, digest, "the lock is free again, and the manifest is still invalid")
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := registry.New(registry.WithDir(file))
	require.ErrorContains(t, err, file)
}
