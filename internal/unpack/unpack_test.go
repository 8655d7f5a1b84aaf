package unpack

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
)

// fileLayer describes a layer whose content is its title.
func fileLayer(mediaType types.MediaType, annotations ...string) v1.Descriptor {
	d := v1.Descriptor{MediaType: mediaType, Digest: v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}, Annotations: map[string]string{}}
	for i := 0; i < len(annotations); i += 2 {
		d.Annotations[annotations[i]] = annotations[i+1]
	}
	return d
}

const titleKey = "org.opencontainers.image.title"

// unpackNames unpacks files whose content is their name. Those called "bad" fail.
func unpackNames(t *testing.T, dir string, force bool, names ...string) error {
	t.Helper()
	var m v1.Manifest
	for _, n := range names {
		m.Layers = append(m.Layers, fileLayer(artifact.ExtraFileType, titleKey, n))
	}
	layers, err := artifact.Composition{Manifest: &m}.Layers()
	require.NoError(t, err)
	_, err = Files(context.Background(), layers, Options{Dir: dir, Force: force}, openNames)
	return err
}

var errBad = errors.New("the content does not have its digest")

func openNames(_ context.Context, l artifact.Layer) (io.ReadCloser, error) {
	content := io.Reader(strings.NewReader(l.File.Name))
	if l.File.Name == "bad" {
		content = io.MultiReader(content, failing{})
	}
	return io.NopCloser(content), nil
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBad }

// tree lists all files below a folder, with their content.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Type() == fs.ModeSymlink {
			return err
		}
		content, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(rel)] = string(content)
		return err
	}))
	return all
}

func TestUnpackWritesAllOrNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	require.ErrorIs(t, unpackNames(t, dir, false, "a", "sub/b", "bad"), errBad)
	require.NoDirExists(t, dir)

	require.NoError(t, unpackNames(t, dir, false, "a", "sub/b"))
	require.Equal(t, map[string]string{"a": "a", "sub/b": "sub/b"}, tree(t, dir))
	require.ErrorIs(t, unpackNames(t, dir, true, "c", "bad"), errBad)
	require.Equal(t, map[string]string{"a": "a", "sub/b": "sub/b"}, tree(t, dir))
}

func TestUnpackKeepsExistingFiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("mine"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b"), []byte("b"), 0o644))
	var exists *ExistsError
	require.ErrorAs(t, unpackNames(t, dir, false, "a", "b", "c"), &exists)
	require.Equal(t, filepath.Join(dir, "a"), exists.Path)
	require.Equal(t, map[string]string{"a": "mine", "b": "b"}, tree(t, dir))

	require.NoError(t, unpackNames(t, dir, true, "a", "b", "c"))
	require.Equal(t, map[string]string{"a": "a", "b": "b", "c": "c"}, tree(t, dir))
}

func TestUnpackRestoresReplacedFiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("mine"), 0o644))
	// "x" is a file, so "x/y" can't be placed after "a".
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x"), []byte("in the way"), 0o644))
	require.Error(t, unpackNames(t, dir, true, "a", "sub/b", "x/y"))
	require.NoDirExists(t, filepath.Join(dir, "sub"))
	require.Equal(t, map[string]string{"a": "mine", "x": "in the way"}, tree(t, dir))
}

func TestUnpackFollowsNoLinksToOutside(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "link")))
	require.Error(t, unpackNames(t, dir, true, "link/a"))
	require.Empty(t, tree(t, outside))

	require.NoError(t, os.WriteFile(filepath.Join(outside, "f"), []byte("theirs"), 0o644))
	require.NoError(t, os.Symlink(filepath.Join(outside, "f"), filepath.Join(dir, "f")))
	require.NoError(t, unpackNames(t, dir, true, "f"))
	require.Equal(t, "theirs", tree(t, outside)["f"])
	require.Equal(t, "f", tree(t, dir)["f"])
}

// A folder is never replaced by a file, nor a file by a folder, even with force.
func TestUnpackReplacesNoFolder(t *testing.T) {
	for _, force := range []bool{false, true} {
		dir := t.TempDir()
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "src", ".git"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "src", ".git", "HEAD"), []byte("mine"), 0o644))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "x"), []byte("mine"), 0o644))
		require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "dangling")))
		before := tree(t, dir)
		var inTheWay *InTheWayError
		err := unpackNames(t, dir, force, "a", "src")
		require.ErrorAs(t, err, &inTheWay)
		require.Equal(t, filepath.Join(dir, "src"), inTheWay.Path)
		require.True(t, inTheWay.Folder)
		var exists *ExistsError
		require.False(t, errors.As(err, &exists), "force must not be suggested")
		for _, name := range []string{"x/y/z", "dangling/y"} {
			require.ErrorAs(t, unpackNames(t, dir, force, "a", name), &inTheWay)
			require.False(t, inTheWay.Folder)
		}
		require.Equal(t, before, tree(t, dir))
	}
}

// Files that other programs read or run automatically are written only if that is allowed.
func TestUnpackRejectsHiddenFiles(t *testing.T) {
	for name, executable := range map[string]bool{
		".bashrc": false, "sub/.PROFILE": false, ".ssh/authorized_keys": false, "a/.SSH/rc": false, ".docker/config.json": false,
		".mcp.json": false, ".claude/settings.json": false, "a/.jj/config.toml": false,
		".envrc": false, ".vscode/tasks.json": false, ".hidden/run.sh": true, "a/.x/b/run": true, ".config/autostart/x.desktop": false,
	} {
		l := artifact.Layer{Descriptor: fileLayer(artifact.ExtraFileType)}
		l.File.Name, l.File.Executable = name, executable
		dir := t.TempDir()
		_, err := Files(t.Context(), []artifact.Layer{l}, Options{Dir: dir, Force: true}, openNames)
		var hidden *HiddenError
		require.ErrorAs(t, err, &hidden, name)
		require.Equal(t, []string{name}, hidden.Names)
		require.Empty(t, tree(t, dir))
		_, err = Files(t.Context(), []artifact.Layer{l}, Options{Dir: dir, AllowHidden: true}, openNames)
		require.NoError(t, err, name)
	}
	require.NoError(t, unpackNames(t, t.TempDir(), false, ".env", ".hidden/data", ".dockerignore", "bin/run", "x.bashrc"))
}

func TestUnpackBoundsTheSize(t *testing.T) {
	layers := func(sizes ...int64) (all []artifact.Layer) {
		for i, size := range sizes {
			d := fileLayer(artifact.ExtraFileType)
			d.Size = size
			l := artifact.Layer{Descriptor: d}
			l.File.Name = string(rune('a' + i))
			all = append(all, l)
		}
		return all
	}
	never := func(context.Context, artifact.Layer) (io.ReadCloser, error) {
		t.Error("the content must not be read")
		return nil, errBad
	}
	for _, sizes := range [][]int64{{1 << 50}, {1 << 29, 1 << 29, 1}, {1 << 62, 1 << 62, 1 << 62}, {-1}} {
		dir := filepath.Join(t.TempDir(), "new")
		_, err := Files(t.Context(), layers(sizes...), Options{Dir: dir}, never)
		require.Error(t, err)
		require.NoDirExists(t, dir)
	}
	_, err := Files(t.Context(), layers(10), Options{Dir: t.TempDir(), MaxSize: 9}, never)
	var size *SizeError
	require.ErrorAs(t, err, &size)
	_, err = Files(t.Context(), layers(10), Options{Dir: t.TempDir(), MaxSize: 10}, openNames)
	require.NoError(t, err)
}

func TestUnpackRemovesAbandonedStagingFolders(t *testing.T) {
	dir := t.TempDir()
	abandoned := filepath.Join(dir, ".ocompose-ABANDONED")
	require.NoError(t, os.MkdirAll(filepath.Join(abandoned, "sub"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(abandoned, "0"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".ocompose-file"), []byte("mine"), 0o600))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	used, err := newStaging(root)
	require.NoError(t, err)
	require.NoDirExists(t, abandoned)

	require.NoError(t, unpackNames(t, dir, false, "a"))
	require.DirExists(t, filepath.Join(dir, used.name), "another process uses it")
	used.remove()
	require.Equal(t, map[string]string{"a": "a", ".ocompose-file": "mine"}, tree(t, dir))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
}

// FuzzUnpack unpacks compositions of any manifest: no file is ever written outside the folder,
// and a failure leaves nothing in it.
func FuzzUnpack(f *testing.F) {
	for _, name := range []string{"compose.yaml", "../x", "/x", `a\b`, "a/b/../c", "..", "a//b", ".", "a/.", "\x00", "link/x", "CON"} {
		m := v1.Manifest{Layers: []v1.Descriptor{
			fileLayer(artifact.ComposeFileType, titleKey, name), fileLayer(artifact.RestoredFileType, artifact.AnnotationEnvFile, name+"2"), fileLayer(artifact.ExtraFileType, titleKey, "sub/"+name),
		}}
		raw, err := json.Marshal(m)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var m v1.Manifest
		if json.Unmarshal(raw, &m) != nil {
			return
		}
		layers, err := artifact.Composition{Manifest: &m}.Layers()
		if err != nil {
			return
		}
		parent := t.TempDir()
		dir := filepath.Join(parent, "in")
		outside := filepath.Join(parent, "out")
		require.NoError(t, os.Mkdir(dir, 0o755))
		require.NoError(t, os.Mkdir(outside, 0o755))
		require.NoError(t, os.Symlink(outside, filepath.Join(dir, "link")))
		files, err := Files(context.Background(), layers, Options{Dir: dir}, openNames)
		require.Empty(t, tree(t, outside))
		entries, readErr := os.ReadDir(parent)
		require.NoError(t, readErr)
		require.Len(t, entries, 2)
		require.NoError(t, os.Remove(filepath.Join(dir, "link")))
		if err != nil {
			require.Empty(t, tree(t, dir))
			return
		}
		require.Len(t, tree(t, dir), len(files))
	})
}
