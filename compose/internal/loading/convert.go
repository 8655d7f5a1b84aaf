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

// A File is one of the files that are merged.
type File struct {
	// Path is absolute.
	Path    string
	Content []byte
	// Documents are the parsed content; nil if it is not parsed.
	Documents []*yaml.Node
	// Trace are scalars whose way into the model is remembered.
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

// A converter makes files into what the loader takes: decoded documents, or text.
type converter struct {
	ctx     context.Context
	origins *origins
	marks   Marks
	// trace asks for marks.
	trace bool
	// named is true if the project has a name, whatever the files say.
	named bool
	// inText is true if there are marks in a text.
	inText bool
}

// file returns a file as the loader takes it: a file for each document, decoded, or else
// its text.
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

// document decodes a document. It reports false for one that the loader would refuse.
func (c *converter) document(f File, document *yaml.Node) (types.ConfigFile, bool) {
	// The loader reads a project's name from the text, and all else from the model.
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

// text returns the text of a file, with marks if it has scalars that are traced.
func (c *converter) text(f File) []byte {
	tally.Parse(c.ctx) // the loader does
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

// mirror returns the texts of files in one, as Docker Compose writes them.
func (c *converter) mirror(files []File) []byte {
	texts := make([][]byte, len(files))
	for i, f := range files {
		texts[i] = c.text(f)
	}
	return bytes.Join(texts, []byte(separator))
}

// maxPlainNodes bounds the files that are handed over decoded. The loader counts the
// nodes of a text and refuses too many.
const maxPlainNodes = 50_000

// plain reports whether documents mean the same to the loader decoded as they do as text:
// without tags that it looks for in text, and without keys that it refuses.
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

// repeatsKey reports whether a mapping has a key twice, going by its text alone.
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

// hasVariables reports whether interpolation may change a text.
func hasVariables(text string) bool { return strings.Contains(text, "$") }
