package loading

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/tally"
	"github.com/ocompose/ocompose/compose/internal/yamledit"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// A File is one of the files to merge.
type File struct {
	// Path is absolute.
	Path    string
	Content []byte
	// Documents are the parsed content; nil if it is not parsed.
	Documents []*yaml.Node
	// Trace are the scalars to trace into the model.
	Trace []Scalar
}

// A Scalar is a scalar, or an alias of one, that is traced.
type Scalar struct {
	Node *yaml.Node
	// Key is the key of the value.
	Key string
	// Span is its text in the file.
	Span yamledit.Span
}

// A converter converts files to the input of the loader: decoded documents, or text.
type converter struct {
	ctx     context.Context
	origins *origins
	marks   Marks
	// trace enables marks.
	trace bool
	// named is true if the project has an explicit name, which overrides the files.
	named bool
	// inText is true if a text contains marks.
	inText bool
}

// file returns the input of the loader for a file: a decoded file for each document,
// otherwise its text.
func (c *converter) file(f File) []types.ConfigFile {
	if f.Documents == nil || !plain(f.Documents) {
		return []types.ConfigFile{{Filename: f.Path, Content: c.text(f)}}
	}
	before := len(c.origins.nodes)
	files := []types.ConfigFile{}
	for _, document := range f.Documents {
		file, ok := c.document(f, document)
		if !ok {
			c.origins.nodes = c.origins.nodes[:before]
			return []types.ConfigFile{{Filename: f.Path, Content: c.text(f)}}
		}
		files = append(files, file)
	}
	if len(files) == 0 {
		files = append(files, types.ConfigFile{Filename: f.Path, Content: []byte{}})
	}
	return files
}

// document decodes a document. It returns false if the loader would reject it.
func (c *converter) document(f File, document *yaml.Node) (types.ConfigFile, bool) {
	// The loader reads a project's name from the text, and everything else from the model.
	file := types.ConfigFile{Filename: f.Path, Content: []byte{}}
	var named struct {
		Name string `yaml:"name"`
	}
	if !c.named && document.Decode(&named) == nil && named.Name != "" {
		file.Content = []byte("name: " + strconv.Quote(named.Name))
	}
	var raw any
	if err := c.copy(f, document).Decode(&raw); err != nil {
		return file, false
	}
	var ok bool
	file.Config, ok = raw.(map[string]any)
	return file, ok
}

// text returns the text of a file, with marks if it has traced scalars.
func (c *converter) text(f File) []byte {
	tally.Parse(c.ctx) // the loader parses it
	content := f.Content
	if content == nil {
		content = []byte{} // without content, the loader would read the file again
	}
	if !c.trace || len(f.Trace) == 0 || !utf8.Valid(content) {
		return content
	}
	before := len(c.origins.nodes)
	var edits []yamledit.Edit
	for _, scalar := range f.Trace {
		number := c.origins.add(tracedNode{node: scalar.Node, key: scalar.Key, inList: true})
		edits = append(edits, yamledit.Edit{Node: scalar.Node, Span: scalar.Span, Value: c.marks.marked(number, yamlnode.ScalarValue(scalar.Node))})
	}
	marked, err := yamledit.Apply(content, edits)
	if err == nil {
		var documents []*yaml.Node
		if documents, err = yamlnode.Parse(c.ctx, marked); err == nil {
			err = yamledit.Check(f.Documents, documents, edits)
		}
	}
	if err != nil {
		c.origins.nodes = c.origins.nodes[:before]
		return content
	}
	c.inText = true
	return marked
}

// mirror returns all files joined into one, as Docker Compose writes them.
func (c *converter) mirror(files []File) []byte {
	texts := make([][]byte, len(files))
	for i, f := range files {
		texts[i] = c.text(f)
	}
	return bytes.Join(texts, []byte(separator))
}

// maxPlainNodes limits the files that are passed decoded. The loader limits the nodes only
// of text.
const maxPlainNodes = 50_000

// plain reports whether the loader reads documents the same decoded as in text form:
// without tags that it handles only in text, and without keys that it rejects.
func plain(documents []*yaml.Node) bool {
	count := 0
	var walk func(node *yaml.Node) bool
	walk = func(node *yaml.Node) bool {
		if count++; count > maxPlainNodes || node.Tag == "!reset" || node.Tag == "!override" {
			return false
		}
		if node.Kind == yaml.MappingNode && repeatsKey(node) {
			return false
		}
		for _, child := range node.Content {
			if !walk(child) {
				return false
			}
		}
		return true
	}
	for _, document := range documents {
		if !walk(document) {
			return false
		}
	}
	return true
}

// repeatsKey reports whether a mapping has a key twice, judged only by its text.
func repeatsKey(mapping *yaml.Node) bool {
	keys := make(map[string]bool, len(mapping.Content)/2)
	for i := 0; i < len(mapping.Content); i += 2 {
		key := mapping.Content[i].Value
		if keys[key] {
			return true
		}
		keys[key] = true
	}
	return false
}

// hasVariables reports whether interpolation may change a string.
func hasVariables(text string) bool { return strings.Contains(text, "$") }
