package source

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

const (
	// MainName is the name of the first file of a composition, because that is what
	// Docker Compose writes it as.
	MainName = "compose.yaml"
	// PinsName is the name of the file that pins images.
	PinsName = "image-digests.yaml"
)

// A Layer is a -f file as it goes into a composition.
type Layer struct {
	Name    string
	Content []byte
	// Source is the index of the file in [Source.Files].
	Source int
}

// Layers names the -f files and makes sure that Docker Compose can read them from a
// registry. The names of the files after the first have no meaning to it.
//
// Docker Compose puts the files into one, each after a line with `---`, which a few files
// that load from disk do not survive. They are changed as little as possible, and only if
// they are not the first: a byte order mark goes; a `---` before the first document
// becomes a comment of the same length, so that lines stay where they are; and a file
// that only has comments, which has no effect, is left out.
func (s *Source) Layers() []Layer {
	names := map[string]bool{PinsName: true}
	var layers []Layer
	for i, f := range s.Files {
		content, name := f.Content, MainName
		if i > 0 {
			if isEmpty(content) {
				continue
			}
			content, name = afterSeparator(content), s.layerName(f)
		}
		layers = append(layers, Layer{Name: FreeName(name, names), Content: content, Source: i})
	}
	return layers
}

// CheckLayers warns about what [Source.Layers] has to change, and fails for what it
// can't.
func (s *Source) CheckLayers() (warnings []string, err error) {
	for i, f := range s.Files {
		name := s.layerName(f)
		switch {
		case bytes.HasPrefix(f.Content, []byte("\xff\xfe")) || bytes.HasPrefix(f.Content, []byte("\xfe\xff")):
			return nil, &problem.Error{Kind: problem.Syntax, Position: problem.Position{File: name},
				Reason: "the file is UTF-16, which can't be packaged: save it as UTF-8"}
		case i == 0:
		case isEmpty(f.Content):
			warnings = append(warnings, fmt.Sprintf("%s has no content and is left out", name))
		case !bytes.Equal(afterSeparator(f.Content), f.Content):
			warnings = append(warnings, fmt.Sprintf("%s is packaged without its byte order mark or leading ---, "+
				"with which Docker Compose can't read it from a registry", name))
		}
	}
	return warnings, nil
}

// isEmpty reports whether a file has no document: comments only, or nothing.
func isEmpty(content []byte) bool {
	documents, err := yamlnode.Parse(content)
	return err == nil && len(documents) == 0
}

// layerName returns the path of a -f file if it is in the project folder, and its base
// name otherwise.
func (s *Source) layerName(f File) string {
	if f.Path == "" {
		return "stdin.yaml"
	}
	if rel, err := filepath.Rel(s.Dir, f.Path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(f.Path)
}

// FreeName returns name, or name with a number if it is taken. What it returns is taken
// from then on.
func FreeName(name string, taken map[string]bool) string {
	ext := filepath.Ext(name)
	free := name
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext)
	}
	taken[free] = true
	return free
}

// afterSeparator makes a file readable after a `---`: what comes before its first
// document becomes comments.
func afterSeparator(content []byte) []byte {
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
			return content
		default:
			return content
		}
		start = end
	}
	return content
}
