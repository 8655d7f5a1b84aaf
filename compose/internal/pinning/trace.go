package pinning

import (
	"context"
	"fmt"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/yamledit"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// A trace tells which values in the compose files reach which places of the model.
// It is taken by writing a mark of its own into each value that may name an image,
// loading the model once, and looking where the marks come out: anchors, merge keys,
// extends, overrides and resets are all followed as Docker Compose follows them.
type trace map[*candidate][]use

// A use is one place of the model that a value reaches.
type use struct {
	// key is [model.Path.Key] of the place.
	key string
	// whole tells that the value stands there alone, not inside another string.
	whole bool
	// extension tells that the place is below an "x-" key of the file, which no service reaches.
	extension bool
}

// traceCandidates traces the candidates of files.
func (p *Pinner) traceCandidates(ctx context.Context, files []File, candidates []*candidate) (trace, error) {
	marks := newMarks(files)
	marked := edits{}
	for i, c := range candidates {
		marked[c] = marks.mark(i)
	}
	markedFiles, err := editFiles(files, marked)
	if err != nil {
		return nil, err
	}
	tree, err := p.project.Load(ctx, markedFiles, false)
	if err != nil {
		return nil, err
	}
	found := trace{}
	marks.collect(tree, nil, func(i int, u use) {
		if i < len(candidates) {
			found[candidates[i]] = append(found[candidates[i]], u)
		}
	})
	return found, nil
}

// editFiles returns the files with the candidates in them rewritten.
func editFiles(files []File, changes edits) ([]File, error) {
	byFile := map[int]edits{}
	for c, value := range changes {
		if byFile[c.file] == nil {
			byFile[c.file] = edits{}
		}
		byFile[c.file][c] = value
	}
	edited := append([]File(nil), files...)
	for i := range files {
		content, err := applyEdits(files[i].Content, byFile[i])
		if err != nil {
			return nil, fmt.Errorf("editing %q: %w", files[i].Name, err)
		}
		edited[i].Content = content
	}
	return edited, nil
}

// marks are values that occur nowhere else in the project.
type marks struct{ prefix string }

const markEnd = "e"

func newMarks(files []File) marks {
	prefix := "ocompose"
	for i := 0; ; i++ {
		taken := false
		for _, file := range files {
			taken = taken || strings.Contains(string(file.Content), prefix)
		}
		if !taken {
			return marks{prefix + "m"}
		}
		prefix = fmt.Sprintf("ocompose%d", i)
	}
}

func (m marks) mark(i int) string { return fmt.Sprintf("%s%d%s", m.prefix, i, markEnd) }

// collect calls found for each mark in a model, in keys too.
func (m marks) collect(value any, at model.Path, found func(int, use)) {
	switch value := value.(type) {
	case map[string]any:
		for key, item := range value {
			next := append(at, key)
			m.search(key, next, false, found)
			m.collect(item, next, found)
		}
	case []any:
		for i, item := range value {
			m.collect(item, append(at, i), found)
		}
	case string:
		m.search(value, at, true, found)
	}
}

func (m marks) search(text string, at model.Path, isValue bool, found func(int, use)) {
	for rest := text; ; {
		start := strings.Index(rest, m.prefix)
		if start < 0 {
			return
		}
		rest = rest[start+len(m.prefix):]
		var i int
		if n, err := fmt.Sscanf(rest, "%d", &i); n != 1 || err != nil {
			continue
		}
		name, _ := at[0].(string)
		found(i, use{
			key:       at.Key(),
			whole:     isValue && text == m.mark(i),
			extension: strings.HasPrefix(name, "x-"),
		})
	}
}

// applyEdits returns content with the candidates of one file rewritten, every other byte
// as it was. It is an error if the result does not parse to the same documents but for
// the new values.
func applyEdits(content []byte, changes edits) ([]byte, error) {
	if len(changes) == 0 {
		return content, nil
	}
	all := make([]yamledit.Edit, 0, len(changes))
	for c, value := range changes {
		all = append(all, yamledit.Edit{Node: c.node, Span: c.span, Value: value})
	}
	edited, err := yamledit.Apply(content, all)
	if err != nil {
		return nil, err
	}
	before, err := yamlnode.Parse(content)
	if err != nil {
		return nil, err
	}
	after, err := yamlnode.Parse(edited)
	if err != nil {
		return nil, err
	}
	return edited, yamledit.Check(before, after, all)
}
