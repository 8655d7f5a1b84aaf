package compose

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

// FuzzPinOpened pins whatever passes for a composition from a registry, with the files
// that it carries, includes and extends: a txtar archive, in which the names of compose
// files begin with "-f ". What holds for FuzzPin holds for it.
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

// archive writes a composition as one text.
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

// unarchive reads what archive writes.
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

// requireRepinnable pins a composition, if the files are one, with those places in place
// whose bit is set in selection.
func requireRepinnable(t *testing.T, files []File, selection uint8) {
	t.Helper()
	ctx := context.Background()
	p, err := Open(ctx, files)
	if err != nil {
		return
	}
	pins := Pins{}
	for i, image := range p.Images {
		if strings.Contains(image.Ref, "${") {
			return // nobody knows what to pin
		}
		pins[image.Path] = Pin{Ref: pinFor(image), InPlace: selection>>(i%8)&1 == 1}
	}
	pinner, err := p.Pinner(ctx)
	require.NoError(t, err)

	pinned, err := pinner.Pin(ctx, pins)
	require.NoError(t, err)
	again, err := Open(ctx, pinned)
	require.NoError(t, err)
	after, err := p.pinModel(ctx, again.Files, false)
	require.NoError(t, err)
	targets, err := findTargets(p.Images, pins, pinner.model)
	require.NoError(t, err)
	at, err := checkPins(after, targets, pinner.model)
	require.NoError(t, err, at)
	require.Len(t, again.Images, len(p.Images))
	for _, image := range again.Images {
		require.Equal(t, pins[image.Path].Ref, image.Ref, image.Path)
	}
	for i, file := range pinner.files {
		requireOnlyPinsDiffer(t, file.Content, pinned[i].Content, pins)
	}
	repinned, err := again.Pin(ctx, pins)
	require.NoError(t, err)
	require.Equal(t, textOf(pinned), textOf(repinned))
}
