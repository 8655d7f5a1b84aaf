package deployment

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/unpack"
)

// files are the files of a composition by name.
type files map[string]string

func digest(t *testing.T, content string) v1.Hash {
	t.Helper()
	d, _, err := v1.SHA256(bytes.NewReader([]byte(content)))
	require.NoError(t, err)
	return d
}

// replace writes a composition to a folder.
func replace(t *testing.T, dir string, of files, repository string, force bool) error {
	t.Helper()
	f, err := Open(dir)
	require.NoError(t, err)
	next := Record{Repository: repository, Reference: repository + ":1", Project: "shop"}
	all := ""
	for _, name := range []string{"compose.yaml", "conf/a.conf", "conf/b.conf", "data/seed"} {
		if content, ok := of[name]; ok {
			next.Files = append(next.Files, File{Name: name, Digest: digest(t, content), Compose: name == "compose.yaml"})
			all += name + content
		}
	}
	next.Digest = digest(t, all)
	return f.Replace(context.Background(), next, force, func(context.Context) error {
		for name, content := range of {
			path := filepath.Join(dir, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestFolderKeepsOtherFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, replace(t, dir, files{"compose.yaml": "1", "conf/a.conf": "a", "conf/b.conf": "b"}, "r/shop", false))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "conf", "own.conf"), []byte("mine"), 0o644))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data"), 0o755))
	require.NoError(t, replace(t, dir, files{"compose.yaml": "2", "conf/a.conf": "a2"}, "r/shop", false))

	require.FileExists(t, filepath.Join(dir, "conf", "own.conf"))
	require.DirExists(t, filepath.Join(dir, "data"))
	require.NoFileExists(t, filepath.Join(dir, "conf", "b.conf"), "the new composition has no such file")
	f, err := Open(dir)
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(dir, "compose.yaml")}, f.Record.ComposeFiles(dir))

	// A user's file that has the name of a file in the new composition.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "seed"), []byte("mine"), 0o644))
	err = replace(t, dir, files{"compose.yaml": "3", "data/seed": "theirs"}, "r/shop", false)
	var exists *unpack.ExistsError
	require.ErrorAs(t, err, &exists)
	content, err := os.ReadFile(filepath.Join(dir, "data", "seed"))
	require.NoError(t, err)
	require.Equal(t, "mine", string(content))
	require.NoError(t, replace(t, dir, files{"compose.yaml": "3", "data/seed": "theirs"}, "r/shop", true))
}

func TestChangedFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := files{"compose.yaml": "1", "conf/a.conf": "a"}
	require.NoError(t, replace(t, dir, first, "r/shop", false))
	var other *OtherError
	require.ErrorAs(t, replace(t, dir, first, "r/else", false), &other)
	require.Equal(t, "r/shop:1", other.Has)

	path := filepath.Join(dir, "conf", "a.conf")
	require.NoError(t, os.Remove(path))
	require.NoError(t, replace(t, dir, first, "r/shop", false))
	require.FileExists(t, path, "a deleted file is restored")
	require.NoError(t, os.WriteFile(path, []byte("edited"), 0o644))
	for _, next := range []files{first, {"compose.yaml": "2"}} {
		var changed *ChangedError
		require.ErrorAs(t, replace(t, dir, next, "r/shop", false), &changed)
		require.Equal(t, path, changed.Path)
	}
	require.NoError(t, replace(t, dir, first, "r/shop", true))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "a", string(content))
}

func TestInvalidRecords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, content := range []string{
		``, `{}`, `[]`, `{"digest":"x"}`,
		`{"reference":"a","project":"b","digest":"sha256:` + digest(t, "").Hex + `","files":[{"name":"../up","digest":"sha256:` + digest(t, "").Hex + `"}]}`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, recordName), []byte(content), 0o644))
		_, err := Open(dir)
		require.Error(t, err, content)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"reference":"a","project":"b","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","files":[{"name":"a/b","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := parseRecord(content)
		if err != nil {
			return
		}
		for _, file := range r.Files {
			if !filepath.IsLocal(file.Name) {
				t.Fatalf("%q is outside the folder", file.Name)
			}
		}
	})
}
