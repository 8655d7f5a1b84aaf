package compose

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/pinning"
)

// FuzzPinOpened pins compositions from a registry, with the files that they include and extend:
// txtar archives in which the names of Compose files begin with "-f ". The requirements are those
// of FuzzPin.
func FuzzPinOpened(f *testing.F) {
	for _, p := range loadCorpus(f) {
		for _, selection := range []uint8{0, 0x55, 0xff} {
			f.Add(archive(slices.Concat(p.Files, p.Carried)), selection)
		}
	}
	f.Fuzz(func(t *testing.T, input []byte, selection uint8) {
		if len(input) <= 1<<14 {
			requireRepinnable(t, unarchive(input), selection)
		}
	})
}

const composePrefix = "-f "

// archive formats a composition as one text.
func archive(files []File) []byte {
	var a txtar.Archive
	for _, file := range files {
		name := file.Name
		if file.Kind == ComposeFile {
			name = composePrefix + name
		}
		a.Files = append(a.Files, txtar.File{Name: name, Data: file.Content})
	}
	return txtar.Format(&a)
}

// unarchive parses the result of archive.
func unarchive(input []byte) []File {
	var files []File
	for _, file := range txtar.Parse(input).Files {
		name, isCompose := strings.CutPrefix(file.Name, composePrefix)
		kind := RestoredFile
		if isCompose {
			kind = ComposeFile
		}
		files = append(files, File{Name: name, Content: file.Data, Kind: kind})
	}
	return files
}

// requireRepinnable pins a composition, if the files are valid, and edits in place the references
// whose bit is set in selection.
func requireRepinnable(t *testing.T, files []File, selection uint8) {
	t.Helper()
	ctx := context.Background()
	p, err := Open(ctx, files, nil)
	if err != nil {
		return
	}
	pins := Pins{}
	for i, image := range p.Images {
		if strings.Contains(image.Ref, "${") {
			return // the pins are unknown
		}
		pins[image.Path] = Pin{Ref: pinFor(image), InPlace: selection>>(i%8)&1 == 1}
	}
	pinned, err := p.Pin(ctx, pins)
	require.NoError(t, err)
	again, err := Open(ctx, pinned, nil)
	require.NoError(t, err)

	// The models of the composition without and with pins.
	var unpinned []File
	before := map[string][]byte{}
	for _, file := range p.Files {
		before[file.Name] = file.Content
	}
	for i := range pinned {
		content, known := before[pinned[i].Name]
		if !known {
			content = before[PinsFile] // kept under another name
		}
		if pinned[i].Kind == ComposeFile && pinned[i].Name != PinsFile {
			unpinned = append(unpinned, File{Name: pinned[i].Name, Content: content})
			requireOnlyPinsDiffer(t, content, pinned[i].Content, pins)
		}
	}
	b, err := p.basis(ctx)
	require.NoError(t, err)
	original, after := loadFiles(t, b, unpinned), loadFiles(t, b, again.Files)
	requireOnlyPinned(t, original, after, pins, b.in.Marks.Unset)
	require.Len(t, again.Images, len(p.Images))
	for _, image := range again.Images {
		require.Equal(t, pins[image.Path].Ref, image.Ref, image.Path)
	}
	repinned, err := again.Pin(ctx, pins)
	require.NoError(t, err)
	require.Equal(t, textOf(pinned), textOf(repinned))
}

// loadFiles loads files instead of those of a basis.
func loadFiles(t *testing.T, b *basis, files []File) map[string]any {
	t.Helper()
	var all []pinning.File
	for _, file := range files {
		all = append(all, pinning.File{Name: file.Name, Content: file.Content})
	}
	m, err := b.loadModel(t.Context(), nil, all, loading.Options{})
	require.NoError(t, err)
	return m.Tree
}
