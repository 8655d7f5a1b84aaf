package compose

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/source"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// fileSeparator separates the -f files in a fuzz input.
const fileSeparator = "\n=====\n"

// FuzzPin pins every input that is a Compose project. The result has the same meaning except for
// the images, all other bytes stay, and pinning again changes nothing.
func FuzzPin(f *testing.F) {
	for _, example := range slices.Concat(pinExamples, overrideExamples) {
		var contents []string
		for i := 1; i < len(example.files) && example.files[i-1] != "--"; i += 2 {
			contents = append(contents, example.files[i])
		}
		f.Add([]byte(strings.Join(contents, fileSeparator)), uint8(7))
	}
	for _, project := range readCorpus(f) {
		files, err := filepath.Glob(filepath.Join(project.Dir, "*.y*ml"))
		require.NoError(f, err)
		for _, file := range files {
			content, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(content, uint8(255))
		}
	}
	for _, project := range loadCorpus(f) {
		var contents []string
		for _, file := range project.Files {
			contents = append(contents, string(file.Content))
		}
		f.Add([]byte(strings.Join(contents, fileSeparator)), uint8(255))
	}
	f.Add([]byte("x-a: &a\n  <<: *a\nservices:\n  b:\n    image: redis\n    labels: *a\n"), uint8(7))
	f.Add([]byte("services:\n  a: {image: \uE0030\uE003x, command: [\"\\uE000X\\uE001\", $X]}\n  b: {image: !override \uF8F499\uF8F5}\n"), uint8(7))
	dir := filepath.Join(f.TempDir(), "app")
	f.Fuzz(func(t *testing.T, input []byte, selection uint8) {
		if len(input) <= 1<<14 && !readsFiles(input) {
			requirePinnable(t, dir, strings.Split(string(input), fileSeparator), selection)
		}
	})
}

// requirePinnable pins a project, if the files are valid, and edits in place the references whose
// bit is set in selection. It reports whether the files are a project.
func requirePinnable(t *testing.T, dir string, contents []string, selection uint8) bool {
	t.Helper()
	ctx := context.Background()
	src := &source.Source{Dir: dir, Env: map[string]string{"REG": "r", "X": "redis", "TAG": "1"}}
	for i, content := range contents {
		if err := src.Add(source.File{Path: filepath.Join(dir, string(rune('a'+i))+".yaml"), Content: []byte(content)}); err != nil {
			return false
		}
	}
	p, original, err := readSource(ctx, src)
	if err != nil {
		return false
	}
	pins := Pins{}
	for i, image := range p.Images {
		pins[image.Path] = Pin{Ref: pinFor(image), InPlace: selection>>(i%8)&1 == 1}
	}

	pinner, err := p.Pinner(ctx)
	require.NoError(t, err)
	pinned, err := pinner.Pin(ctx, pins)
	require.NoError(t, err)
	requireSameModel(t, src, original, pins, pinned)
	for i, file := range pinned {
		if file.Name != PinsFile {
			requireOnlyPinsDiffer(t, p.Files[i].Content, file.Content, pins)
		}
	}
	again, err := pinAgain(ctx, src, p, pinned, pins)
	require.NoError(t, err)
	require.Equal(t, textOf(pinned), textOf(again))

	// The same load verifies another platform, which must be right too.
	others := Pins{}
	for path, pin := range pins {
		others[path] = Pin{Ref: otherPlatform(pin.Ref), InPlace: pin.InPlace}
	}
	other, err := pinner.Pin(ctx, others)
	require.NoError(t, err)
	requireSameModel(t, src, original, others, other)
	alone, err := p.Pin(ctx, others)
	require.NoError(t, err)
	require.Equal(t, textOf(alone), textOf(other))
	return true
}

// otherPlatform returns the pins of another platform, with other digests.
func otherPlatform(ref string) string {
	name, digest, _ := strings.Cut(ref, "@sha256:")
	return fmt.Sprintf("%s@sha256:%x", name, sha256.Sum256([]byte(digest)))
}

// readSource loads a project from files that need not be on disk.
func readSource(ctx context.Context, src *source.Source) (*Project, map[string]any, error) {
	l, err := readProject(ctx, Options{AllowSecrets: true}, src)
	if err != nil {
		return nil, nil, err
	}
	p := l.project()
	return p, l.absolute, errors.Join(l.images(p)...)
}

// pinAgain pins a project of pinned files.
func pinAgain(ctx context.Context, src *source.Source, p *Project, pinned []File, pins Pins) ([]File, error) {
	after := *src
	after.Files = nil
	for i, file := range pinned {
		path := filepath.Join(src.Dir, PinsFile)
		if i < len(p.Files) {
			path = src.Files[i].Path
		}
		if err := after.Add(source.File{Path: path, Content: file.Content}); err != nil {
			return nil, err
		}
	}
	l, err := readProject(ctx, Options{AllowSecrets: true}, &after)
	if err != nil {
		return nil, err
	}
	for i := range l.basis.files {
		l.basis.files[i].Name = pinned[i].Name
	}
	r, err := l.basis.readModel(ctx, nil, l.basis.files)
	if err != nil {
		return nil, err
	}
	repinned := *p
	repinned.basis = r.basis
	return repinned.Pin(ctx, pins)
}

var (
	readingKeys    = regexp.MustCompile(`include|file`)
	profilesKey    = []byte("profiles") // does not read a file
	escapedLetters = regexp.MustCompile(`\\[xuU]|\\\r?\n`)
)

// textOf formats the names and contents of files.
func textOf(files []File) []string {
	var all []string
	for _, file := range files {
		all = append(all, file.Name, string(file.Content))
	}
	return all
}

// readsFiles reports whether a fuzz input may make the loader read files: some device files are
// endless.
func readsFiles(input []byte) bool {
	return readingKeys.Match(bytes.ReplaceAll(input, profilesKey, nil)) || escapedLetters.Match(input)
}

// requireSameModel loads the pinned files like the project and compares the models.
func requireSameModel(t *testing.T, src *source.Source, original map[string]any, pins Pins, pinned []File) {
	t.Helper()
	after := *src
	after.Files = nil
	for i, file := range pinned {
		path := filepath.Join(src.Dir, PinsFile)
		if i < len(src.Files) {
			path = src.Files[i].Path
		}
		require.NoError(t, after.Add(source.File{Path: path, Content: file.Content}))
	}
	p, tree, err := readSource(context.Background(), &after)
	require.NoError(t, err)
	b, err := p.basis(context.Background())
	require.NoError(t, err)
	places := place.Index(tree, b.in.Marks.Unset)
	for path := range pins {
		require.Contains(t, places, path)
	}
	requireOnlyPinned(t, original, tree, pins, b.in.Marks.Unset)
}

// requireOnlyPinned compares two models: they must be equal except for the pins, and for values
// under "x-" keys that no service uses.
func requireOnlyPinned(t *testing.T, original, pinned map[string]any, pins Pins, marks variables.Marks) {
	t.Helper()
	wanted, refs := map[string]string{}, map[string]bool{}
	for path, image := range place.Index(pinned, marks) {
		pin, ok := pins[path]
		if service, _, isHook := strings.Cut(path, ".pre_start."); !ok && isHook {
			pin, ok = pins[service+".image"] // a hook without an image has the service's
		}
		if ok {
			require.Equal(t, pin.Ref, image.Ref, path)
			wanted[image.At.Key()], refs[pin.Ref] = pin.Ref, true
		}
	}
	at, differs := model.Difference(original, pinned, func(at model.Path, before, value any) bool {
		ref, ok := value.(string)
		if !ok || len(at) == 0 {
			return false
		}
		if len(at) == 3 && at[2] == "pull_policy" && (before == "never" || before == "build") {
			return value == "missing"
		}
		if name, _ := at[0].(string); strings.HasPrefix(name, "x-") {
			return refs[ref]
		}
		return ref != "" && wanted[at.Key()] == ref
	})
	require.False(t, differs, "the models differ at %v", at)
}

// requireOnlyPinsDiffer removes the pins from an edited file: the rest must be parts of the
// original file, in order.
func requireOnlyPinsDiffer(t *testing.T, before, after []byte, pins Pins) {
	t.Helper()
	if bytes.Equal(before, after) {
		return
	}
	rest := string(after)
	for _, pin := range pins {
		rest = strings.ReplaceAll(rest, pin.Ref, "\x00")
	}
	parts := strings.Split(rest, "\x00")
	require.Greater(t, len(parts), 1, "more than an image was edited")
	was := string(before)
	for i, part := range parts {
		// A plain value may have been quoted.
		if i > 0 {
			part = strings.TrimPrefix(part, `"`)
		}
		if i < len(parts)-1 {
			part = strings.TrimSuffix(part, `"`)
		}
		at := strings.Index(was, part)
		if i == len(parts)-1 {
			require.True(t, strings.HasSuffix(was, part), "the end of the file differs")
			return
		}
		require.True(t, at == 0 || i > 0 && at > 0, "part %d of the file was edited", i)
		was = was[at+len(part):]
	}
}
