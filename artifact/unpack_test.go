package artifact

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
)

// fileLayer describes a layer whose content is its own name.
func fileLayer(mediaType types.MediaType, annotations ...string) v1.Descriptor {
	d := v1.Descriptor{MediaType: mediaType, Digest: v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}, Annotations: map[string]string{}}
	for i := 0; i < len(annotations); i += 2 {
		d.Annotations[annotations[i]] = annotations[i+1]
	}
	return d
}

const titleKey = "org.opencontainers.image.title"

func TestLayers(t *testing.T) {
	for _, test := range []struct {
		name    string
		layers  []v1.Descriptor
		want    []string // kind and name
		problem string
	}{
		{"titled", []v1.Descriptor{
			fileLayer(ComposeFileType, titleKey, "deploy/compose.prod.yaml", AnnotationFile, "compose.prod.yaml"),
			fileLayer(RestoredFileType, titleKey, "app.env", AnnotationEnvFile, "app.env"),
			fileLayer(ExtraFileType, titleKey, "conf/nginx.conf"),
		}, []string{"compose deploy/compose.prod.yaml", "restored app.env", "extra conf/nginx.conf"}, ""},
		{"by docker compose publish", []v1.Descriptor{
			fileLayer(ComposeFileType, AnnotationFile, "compose.yaml"),
			fileLayer(ComposeFileType, AnnotationFile, "compose.yaml"),
			fileLayer(ComposeFileType, AnnotationFile, "3f.yaml", AnnotationExtends, "true"),
			fileLayer(RestoredFileType, AnnotationEnvFile, "77.env"),
			fileLayer(ComposeFileType, AnnotationFile, "image-digests.yaml"),
		}, []string{"compose compose.yaml", "compose compose.1.yaml", "restored 3f.yaml", "restored 77.env", "compose image-digests.yaml"}, ""},
		{"nameless", []v1.Descriptor{fileLayer(ComposeFileType), fileLayer(ComposeFileType)}, []string{"compose compose.yaml", "compose compose.1.yaml"}, ""},
		{"other media types are no files", []v1.Descriptor{fileLayer(ComposeFileType), fileLayer("application/x-other", titleKey, "../x")}, []string{"compose compose.yaml"}, ""},
		{"parent", []v1.Descriptor{fileLayer(ComposeFileType, titleKey, "../compose.yaml")}, nil, "leads out of its folder"},
		{"parent within", []v1.Descriptor{fileLayer(ComposeFileType, titleKey, "a/../../compose.yaml")}, nil, "leads out of its folder"},
		{"absolute", []v1.Descriptor{fileLayer(RestoredFileType, AnnotationEnvFile, "/etc/passwd")}, nil, "leads out of its folder"},
		{"backslashes", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, `..\x`)}, nil, "no file name of a composition may have"},
		{"drive", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "C:x")}, nil, "no file name of a composition may have"},
		{"control characters", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "a\x1b[2Jb")}, nil, "no file name of a composition may have"},
		{"no name", []v1.Descriptor{fileLayer(ExtraFileType)}, nil, "the file has no name"},
		{"twice the same", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "a"), fileLayer(RestoredFileType, AnnotationEnvFile, "a")}, nil, `two files are called "a"`},
		{"a file and its folder", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "x/y"), fileLayer(ExtraFileType, titleKey, "x")}, nil, `"x" is a file, and "x" the folder`},
		{"a folder and its file", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "x"), fileLayer(ExtraFileType, titleKey, "x/y/z")}, nil, `"x" is a file, and the folder of the file "x/y/z"`},
		{"case", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "Readme"), fileLayer(ExtraFileType, titleKey, "README")}, nil, "differ only in case"},
		{"case of a folder", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "conf/a"), fileLayer(ExtraFileType, titleKey, "Conf/b")}, nil, "differ only in case"},
		{"case of a file and its folder", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "X/y"), fileLayer(ExtraFileType, titleKey, "x")}, nil, "the folder of another file"},
		{"case beyond ASCII", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "straße"), fileLayer(ExtraFileType, titleKey, "STRASSE")}, nil, "differ only in case"},
		{"Unicode forms", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "caf\u00e9"), fileLayer(ExtraFileType, titleKey, "cafe\u0301")}, nil, "differ only in case"},
		{"not UTF-8", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "a\xffb")}, nil, "no file name of a composition may have"},
		{"device", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "a/nul.tar.gz")}, nil, "a device on Windows"},
		{"device with a superscript", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "COM¹")}, nil, "a device on Windows"},
		{"device folder", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "con/x")}, nil, "a device on Windows"},
		{"no device", []v1.Descriptor{fileLayer(ComposeFileType), fileLayer(ExtraFileType, titleKey, "console/null/com10/aux1")}, []string{"compose compose.yaml", "extra console/null/com10/aux1"}, ""},
		{"trailing dot", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "a./b")}, nil, "ends with a dot or a space"},
		{"trailing space", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "a /b")}, nil, "ends with a dot or a space"},
		{"staging folder", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, ".Ocompose-x/b")}, nil, "reserved"},
		{"long part", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, strings.Repeat("a", 256))}, nil, "too long"},
		{"deep", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, strings.Repeat("a/", 100)+"b")}, nil, "too long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			layers, err := StoredComposition{Manifest: v1.Manifest{Layers: test.layers}}.Layers()
			if test.problem != "" {
				require.ErrorContains(t, err, test.problem)
				return
			}
			require.NoError(t, err)
			var got []string
			for _, l := range layers {
				got = append(got, KindName(l.File.Kind)+" "+l.File.Name)
			}
			require.Equal(t, test.want, got)
		})
	}
}

// unpackNames unpacks files whose content is their name; those called "bad" fail.
func unpackNames(t *testing.T, dir string, force bool, names ...string) error {
	t.Helper()
	var m v1.Manifest
	for _, n := range names {
		m.Layers = append(m.Layers, fileLayer(ExtraFileType, titleKey, n))
	}
	layers, err := StoredComposition{Manifest: m}.Layers()
	require.NoError(t, err)
	_, err = unpack(context.Background(), layers, UnpackOptions{Dir: dir, Force: force}, openNames)
	return err
}

var errBad = errors.New("the content does not have its digest")

func openNames(_ context.Context, l Layer) (io.ReadCloser, error) {
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

func TestUnpackKeepsWhatIsThere(t *testing.T) {
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

func TestUnpackPutsBackWhatItReplaced(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("mine"), 0o644))
	// "x" is a file, so that "x/y" can't be placed after "a" was.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x"), []byte("in the way"), 0o644))
	require.Error(t, unpackNames(t, dir, true, "a", "sub/b", "x/y"))
	require.NoDirExists(t, filepath.Join(dir, "sub"))
	require.Equal(t, map[string]string{"a": "mine", "x": "in the way"}, tree(t, dir))
}

func TestUnpackFollowsNoLinkOutside(t *testing.T) {
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

// A folder is never replaced by a file, nor a file by a folder, whatever else is asked.
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
		require.False(t, errors.As(err, &exists), "forcing it would not help")
		for _, name := range []string{"x/y/z", "dangling/y"} {
			require.ErrorAs(t, unpackNames(t, dir, force, "a", name), &inTheWay)
			require.False(t, inTheWay.Folder)
		}
		require.Equal(t, before, tree(t, dir))
	}
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
	require.DirExists(t, filepath.Join(dir, used.name), "another process writes there")
	used.remove()
	require.Equal(t, map[string]string{"a": "a", ".ocompose-file": "mine"}, tree(t, dir))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
}

// FuzzUnpack unpacks compositions of any manifest: nothing is ever written
// outside of the folder, and a failure leaves nothing in it.
func FuzzUnpack(f *testing.F) {
	for _, name := range []string{"compose.yaml", "../x", "/x", `a\b`, "a/b/../c", "..", "a//b", ".", "a/.", "\x00", "link/x", "CON"} {
		m := v1.Manifest{Layers: []v1.Descriptor{
			fileLayer(ComposeFileType, titleKey, name), fileLayer(RestoredFileType, AnnotationEnvFile, name+"2"), fileLayer(ExtraFileType, titleKey, "sub/"+name),
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
		layers, err := StoredComposition{Manifest: m}.Layers()
		if err != nil {
			return
		}
		parent := t.TempDir()
		dir := filepath.Join(parent, "in")
		outside := filepath.Join(parent, "out")
		require.NoError(t, os.Mkdir(dir, 0o755))
		require.NoError(t, os.Mkdir(outside, 0o755))
		require.NoError(t, os.Symlink(outside, filepath.Join(dir, "link")))
		files, err := unpack(context.Background(), layers, UnpackOptions{Dir: dir}, openNames)
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
