//go:build unix

package hostile

import (
	"archive/tar"
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"
)

// A layout is an image layout with one composition, as the content of its files by name.
type layout struct {
	files           map[string]string
	index, man, doc string // names of files
}

func newLayout() layout {
	name := func(d v1.Descriptor) string { return "blobs/sha256/" + d.Digest.Hex }
	doc := describe(composeFile, []byte(innocent))
	man := manifestOf(compositionType) + fmt.Sprintf(`{"mediaType":%q,"size":%d,"digest":%q,"annotations":{%q:"compose.yaml"}}]}`, composeFile, doc.Size, doc.Digest, title)
	root := describe(manifestType, []byte(man))
	index := indexOf("") + entry(root, `,"annotations":{"org.opencontainers.image.ref.name":"1"}`) + "]}"
	l := layout{index: "index.json", man: name(root), doc: name(doc)}
	l.files = map[string]string{
		"oci-layout": `{"imageLayoutVersion":"1.0.0"}`, l.index: index, l.man: man, l.doc: innocent, name(describe("", []byte("{}"))): "{}",
	}
	return l
}

// archive returns the layout as a tar file, with more entries at its end.
func (l layout) archive(t *testing.T, more ...tar.Header) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(h tar.Header, content string) {
		h.Mode = 0o644
		if h.Size == 0 {
			h.Size = int64(len(content))
		}
		require.NoError(t, w.WriteHeader(&h))
		if content != "" {
			_, err := w.Write([]byte(content))
			require.NoError(t, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.files)) {
		content := l.files[name]
		add(tar.Header{Name: name}, content)
	}
	for _, h := range more {
		add(h, "")
	}
	_ = w.Flush() // it fails if the content of the last entry is missing
	return append(b.Bytes(), make([]byte, 1024)...)
}

// folder writes the layout into a folder.
func (l layout) folder(t *testing.T, dir string) {
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o755))
	for name, content := range l.files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
}

// TestHostileArchives: an archive that is not exactly an image layout is rejected.
func TestHostileArchives(t *testing.T) {
	for name, write := range map[string]func(t *testing.T, l layout) []byte{
		"symlink": func(t *testing.T, l layout) []byte {
			delete(l.files, l.doc)
			return l.archive(t, tar.Header{Name: l.doc, Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"})
		},
		"hard link": func(t *testing.T, l layout) []byte {
			delete(l.files, l.doc)
			return l.archive(t, tar.Header{Name: l.doc, Typeflag: tar.TypeLink, Linkname: "/etc/passwd"})
		},
		"device": func(t *testing.T, l layout) []byte {
			delete(l.files, l.doc)
			return l.archive(t, tar.Header{Name: l.doc, Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 5})
		},
		"traversal":     func(t *testing.T, l layout) []byte { return l.archive(t, tar.Header{Name: "../../evil"}) },
		"second index":  func(t *testing.T, l layout) []byte { return l.archive(t, tar.Header{Name: "./index.json"}) },
		"second blob":   func(t *testing.T, l layout) []byte { return l.archive(t, tar.Header{Name: l.doc}) },
		"size of a PiB": func(t *testing.T, l layout) []byte { return l.archive(t, tar.Header{Name: "more", Size: 1 << 50}) },
		"index of a PiB": func(t *testing.T, _ layout) []byte {
			return layout{}.archive(t, tar.Header{Name: "index.json", Size: 1 << 50})
		},
		"index as folder": func(t *testing.T, l layout) []byte {
			return l.without(l.index).archive(t, tar.Header{Name: "index.json/", Typeflag: tar.TypeDir})
		},
		"index in capital": func(t *testing.T, l layout) []byte { return l.renamed(l.index, "INDEX.JSON").archive(t) },
		"backslashes": func(t *testing.T, l layout) []byte {
			return l.renamed(l.man, strings.ReplaceAll(l.man, "/", `\`)).archive(t)
		},
		"missing blob":  func(t *testing.T, l layout) []byte { return l.without(l.doc).archive(t) },
		"other content": func(t *testing.T, l layout) []byte { l.files[l.doc] = strings.ToUpper(innocent); return l.archive(t) },
		"negative size": func(t *testing.T, l layout) []byte {
			raw := l.archive(t)
			copy(raw[124:136], "-0000000001\x00")
			return raw
		},
		"many files": func(t *testing.T, l layout) []byte { return l.archive(t, make([]tar.Header, 100_001)...) },
		"truncated":  func(t *testing.T, l layout) []byte { return l.archive(t)[:3000] },
		"empty":      func(*testing.T, layout) []byte { return nil },
		"garbage":    func(*testing.T, layout) []byte { return bytes.Repeat([]byte("garbage"), 1000) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, c := newEvil(t), newCommand(t)
			c.write("saved.tar", string(write(t, newLayout())))
			args := []string{"load", "./saved.tar", e.host + "/loaded:1"}
			end := c.known(args...)
			check(t, args, end)
			require.NotZero(t, end.status)
			require.NotContains(t, end.stderr, ": EOF")
			require.Empty(t, e.manifests)
		})
	}
	t.Run("valid", func(t *testing.T) {
		e, c := newEvil(t), newCommand(t)
		c.write("saved.tar", string(newLayout().archive(t)))
		end := c.known("copy", "oci-archive:saved.tar", e.host+"/copied:1")
		require.Zero(t, end.status, end.stderr)
	})
}

func (l layout) without(name string) layout { delete(l.files, name); return l }

func (l layout) renamed(from, to string) layout {
	l.files[to] = l.files[from]
	return l.without(from)
}

// TestHostileLayouts: files of a layout that are not regular, or huge, are not read.
func TestHostileLayouts(t *testing.T) {
	for kind, replace := range map[string]func(path string) error{
		"FIFO":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"zeros":  func(path string) error { return os.Symlink("/dev/zero", path) },
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"sparse": func(path string) error {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				return err
			}
			return os.Truncate(path, 1<<40)
		},
	} {
		l := newLayout()
		for what, name := range map[string]string{"index": l.index, "manifest": l.man, "file": l.doc} {
			t.Run(kind+" as "+what, func(t *testing.T) {
				t.Parallel()
				e, c := newEvil(t), newCommand(t)
				l.folder(t, filepath.Join(c.dir, "saved"))
				path := filepath.Join(c.dir, "saved", name)
				require.NoError(t, os.Remove(path))
				require.NoError(t, replace(path))
				args := []string{"copy", "oci-layout:saved", e.host + "/copied:1"}
				end := c.known(args...)
				check(t, args, end)
				require.NotZero(t, end.status)
				require.Empty(t, e.manifests)
			})
		}
	}
}
