package compose

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
)

// composeFiles names the -f files and makes sure that Docker Compose can read them
// from a registry. The first one is compose.yaml, because that is what Docker Compose
// writes it as; the names of the others have no meaning to it.
//
// It writes the files into one, each behind a line with `---`, which a few files that
// load from disk do not stand. They are changed as little as possible, and only if they
// are not the first: a byte order mark goes; a `---` before the first document becomes
// a comment of the same length, so that lines stay where they are; and a file that
// only has comments, which has no effect, is left out.
func composeFiles(s *source) []File {
	taken := map[string]bool{PinsFile: true}
	var files []File
	for i, f := range s.files {
		content, name := f.content, "compose.yaml"
		if i > 0 {
			if isEmpty(content) {
				continue
			}
			content, name = behindSeparator(content), layerName(s.dir, f)
		}
		files = append(files, File{Name: freeName(name, taken), Content: content})
	}
	return files
}

// checkLayers says what composeFiles has to change, and what it can't.
func checkLayers(s *source) (warnings []string, err error) {
	for i, f := range s.files {
		name := layerName(s.dir, f)
		switch {
		case bytes.HasPrefix(f.content, []byte("\xff\xfe")) || bytes.HasPrefix(f.content, []byte("\xfe\xff")):
			return nil, &Error{Problem: ProblemSyntax, Position: Position{File: name},
				Reason: "the file is UTF-16, which can't be packaged: save it as UTF-8"}
		case i == 0:
		case isEmpty(f.content):
			warnings = append(warnings, fmt.Sprintf("%s has no content and is left out", name))
		case !bytes.Equal(behindSeparator(f.content), f.content):
			warnings = append(warnings, fmt.Sprintf("%s is packaged without its byte order mark or leading ---, "+
				"with which Docker Compose can't read it from a registry", name))
		}
	}
	return warnings, nil
}

// isEmpty tells that a file has no document: comments only, or nothing.
func isEmpty(content []byte) bool {
	documents, err := readDocuments(content)
	return err == nil && len(documents) == 0
}

// layerName is the name of a -f file: its path if it is in the project folder.
func layerName(dir string, f sourceFile) string {
	if f.path == "" {
		return "stdin.yaml"
	}
	if rel, err := filepath.Rel(dir, f.path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(f.path)
}

// freeName is name, or name with a number if it is taken.
func freeName(name string, taken map[string]bool) string {
	ext := filepath.Ext(name)
	free := name
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext)
	}
	taken[free] = true
	return free
}

// behindSeparator makes a file readable behind a `---`: what comes before its first
// document becomes comments.
func behindSeparator(content []byte) []byte {
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
