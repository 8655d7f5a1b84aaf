package compose

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fileSeparator parts the -f files in a fuzz input.
const fileSeparator = "\n=====\n"

// FuzzPin pins whatever Docker Compose would take for a project. The result means the
// same but for the images, the bytes that are no images stay, and pinning again
// changes nothing.
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
	dir := filepath.Join(f.TempDir(), "app")
	f.Fuzz(func(t *testing.T, input []byte, selection uint8) {
		if len(input) <= 1<<14 && !readsFiles(input) {
			requirePinnable(t, dir, strings.Split(string(input), fileSeparator), selection)
		}
	})
}

// requirePinnable pins a project, if the files are one, with those places in place whose
// bit is set in selection. It tells whether they are a project.
func requirePinnable(t *testing.T, dir string, contents []string, selection uint8) bool {
	t.Helper()
	ctx := context.Background()
	s := &source{dir: dir, env: map[string]string{"REG": "r", "X": "redis", "TAG": "1"}}
	for i, content := range contents {
		s.files = append(s.files, sourceFile{path: filepath.Join(dir, string(rune('a'+i))+".yaml"), content: []byte(content)})
	}
	original, name, err := newReader(s).model(ctx)
	if err != nil {
		return false
	}
	p := &Project{Name: name, Dir: dir, Files: composeFiles(s), env: s.env}
	images := imageFinder{locate: func(...string) Position { return Position{} }}
	images.find(original, packagedServices(original, nil))
	if len(images.errs) > 0 {
		return false
	}
	p.Images = images.images
	pins := Pins{}
	for i, image := range p.Images {
		pins[image.Path] = Pin{Ref: pinFor(image), InPlace: selection>>(i%8)&1 == 1}
	}

	pinned, err := p.Pin(ctx, pins)
	require.NoError(t, err)
	requireSameModel(t, s, original, pins, pinned)
	for i, file := range pinned {
		if file.Name != PinsFile {
			requireOnlyPinsDiffer(t, p.Files[i].Content, file.Content, pins)
		}
	}
	again, err := (&Project{Name: name, Dir: dir, Files: pinned, Images: p.Images, env: s.env}).Pin(ctx, pins)
	require.NoError(t, err)
	require.Equal(t, textOf(pinned), textOf(again))
	return true
}

var (
	readingKeys    = regexp.MustCompile(`include|file`)
	profilesKey    = []byte("profiles") // reads nothing
	escapedLetters = regexp.MustCompile(`\\[xuU]|\\\r?\n`)
)

// textOf are the names and contents of files, in a form that reads well.
func textOf(files []File) []string {
	var all []string
	for _, file := range files {
		all = append(all, file.Name, string(file.Content))
	}
	return all
}

// readsFiles tells whether a fuzz input may make the loader read files: there are
// files in a system that never end.
func readsFiles(input []byte) bool {
	return readingKeys.Match(bytes.ReplaceAll(input, profilesKey, nil)) || escapedLetters.Match(input)
}

// requireSameModel reads the pinned files as the project was read and compares.
func requireSameModel(t *testing.T, s *source, original map[string]any, pins Pins, pinned []File) {
	t.Helper()
	after := &source{dir: s.dir, env: s.env}
	for i, file := range pinned {
		path := filepath.Join(s.dir, PinsFile)
		if i < len(s.files) {
			path = s.files[i].path
		}
		after.files = append(after.files, sourceFile{path: path, content: file.Content})
	}
	model, _, err := newReader(after).model(context.Background())
	require.NoError(t, err)
	var targets []pinTarget
	places := modelPlaces(model)
	for path, pin := range pins {
		require.Contains(t, places, path)
		value, _ := stringAt(model, places[path].steps)
		require.Equal(t, pin.Ref, value, path)
		targets = append(targets, pinTarget{modelPlace: places[path], pin: pin})
	}
	at, differs := unwantedDifference(model, targets, original)
	require.False(t, differs, "the models differ at %v", at)
}

// requireOnlyPinsDiffer takes the pins out of an edited file: what is left must be
// parts of the file before, in order.
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
	require.Greater(t, len(parts), 1, "something else than an image was edited")
	was := string(before)
	for i, part := range parts {
		// A plain value may have been given quotes.
		if i > 0 {
			part = strings.TrimPrefix(part, `"`)
		}
		if i < len(parts)-1 {
			part = strings.TrimSuffix(part, `"`)
		}
		at := strings.Index(was, part)
		if i == len(parts)-1 {
			require.True(t, strings.HasSuffix(was, part), "the file ends in something else")
			return
		}
		require.True(t, at == 0 || i > 0 && at > 0, "part %d of the file was edited", i)
		was = was[at+len(part):]
	}
}
