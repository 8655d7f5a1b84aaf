package source

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/problem"
)

const (
	// MainName is the name of the first file of a composition, because Docker Compose writes
	// it under that name.
	MainName = "compose.yaml"
	// PinsName is the name of the file that pins images.
	PinsName = "image-digests.yaml"
)

// A Layer is a -f file in a composition.
type Layer struct {
	// Index is the index in [Source.Files], and Name the name in the composition.
	Index int
	Name  string
}

// Add adds a -f file to the source, changed if necessary so that Docker Compose can read it
// from a registry.
//
// Docker Compose joins the files, separated by lines with `---`, which breaks a few files
// that load from disk. Those are changed as little as possible, and only if they are not
// the first file: a byte order mark is removed, and a `---` before the first document
// becomes a comment of the same length, so that line numbers don't change.
func (s *Source) Add(f File) error {
	if bytes.HasPrefix(f.Content, []byte("\xff\xfe")) || bytes.HasPrefix(f.Content, []byte("\xfe\xff")) {
		return &problem.Error{Kind: problem.Syntax, Position: problem.Position{File: s.layerName(f)},
			Reason: "the file is UTF-16, which can't be packaged: save it as UTF-8"}
	}
	if len(s.Files) > 0 {
		content, separated := afterSeparator(f.Content)
		f.changed, f.separated, f.Content = !bytes.Equal(content, f.Content), separated, content
	}
	s.Files = append(s.Files, f)
	return nil
}

// Layers names the files for a composition, and warns about necessary changes. The first
// file is [MainName]; Docker Compose ignores the other names. isEmpty reports whether a
// file has no documents: such a file has no effect and is left out, unless it is the first.
func (s *Source) Layers(isEmpty func(index int) bool) (layers []Layer, warnings []string, err error) {
	taken := map[string]bool{PinsName: true}
	for i, f := range s.Files {
		name := s.layerName(f)
		switch {
		case i == 0:
			name = MainName
		case isEmpty(i) && f.separated:
			return nil, nil, &problem.Error{Kind: problem.Syntax, Position: problem.Position{File: name}, Reason: "top-level object must be a mapping"}
		case isEmpty(i):
			warnings = append(warnings, fmt.Sprintf("%s has no content and is not packaged", name))
			continue
		case f.changed:
			warnings = append(warnings, fmt.Sprintf("%s is packaged without its byte order mark or leading ---, "+
				"with which Docker Compose can't read it from a registry", name))
		}
		layers = append(layers, Layer{Index: i, Name: FreeName(name, taken)})
	}
	return layers, warnings, nil
}

// layerName returns the path of a -f file if it is in the project folder, otherwise its
// base name.
func (s *Source) layerName(f File) string {
	if f.Path == "" {
		return "stdin.yaml"
	}
	if rel, err := filepath.Rel(s.Dir, f.Path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(f.Path)
}

// FreeName returns name, or name with a number if it is taken, and marks the result as
// taken.
func FreeName(name string, taken map[string]bool) string {
	ext := filepath.Ext(name)
	free := name
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext)
	}
	taken[free] = true
	return free
}

// afterSeparator makes a file readable after a `---`: lines before its first document
// become comments. separated is true if there was a `---`.
func afterSeparator(content []byte) (after []byte, separated bool) {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	for start := 0; start < len(content); {
		end := len(content)
		if n := bytes.IndexByte(content[start:], '\n'); n >= 0 {
			end = start + n + 1
		}
		line := content[start:end]
		trimmed := bytes.TrimSpace(line)
		switch {
		case len(trimmed) == 0 || trimmed[0] == '#':
		case line[0] == '%':
			content = bytes.Clone(content)
			content[start] = '#'
		case bytes.Equal(trimmed, []byte("---")) || bytes.HasPrefix(line, []byte("--- ")) || bytes.HasPrefix(line, []byte("---\t")):
			content = bytes.Clone(content)
			if rest := bytes.TrimSpace(line[3:]); len(rest) == 0 || rest[0] == '#' {
				content[start] = '#'
			} else {
				copy(content[start:], "   ") // a document that starts on the same line
			}
			return content, true
		default:
			return content, false
		}
		start = end
	}
	return content, false
}
