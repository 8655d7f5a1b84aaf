package compose

import (
	"context"
	"fmt"
	"strings"
)

// A trace tells which values in the compose files reach which places of the model.
// It is taken by writing a mark of its own into each value that may name an image,
// loading the model once, and looking where the marks come out: anchors, merge keys,
// extends, overrides and resets are all followed as Docker Compose follows them.
type trace map[*candidate][]use

// A use is one place of the model that a value reaches.
type use struct {
	// key is the way to the place, as [stepsKey] spells it.
	key string
	// whole tells that the value stands there alone, not inside another string.
	whole bool
	// extension tells that the place is below an "x-" key of the file, which no service reaches.
	extension bool
}

// traceCandidates traces the candidates of files, whose model without marks is model.
func (p *Project) traceCandidates(ctx context.Context, files []File, candidates []*candidate) (trace, error) {
	marks := newMarks(files)
	marked := edits{}
	for i, c := range candidates {
		marked[c] = marks.mark(i)
	}
	markedFiles, err := editFiles(files, marked)
	if err != nil {
		return nil, err
	}
	model, err := p.pinModel(ctx, markedFiles, false)
	if err != nil {
		return nil, err
	}
	found := trace{}
	marks.collect(model, nil, func(i int, u use) {
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
func (m marks) collect(value any, steps []any, found func(int, use)) {
	switch value := value.(type) {
	case map[string]any:
		for key, item := range value {
			next := append(steps, key)
			m.search(key, next, false, found)
			m.collect(item, next, found)
		}
	case []any:
		for i, item := range value {
			m.collect(item, append(steps, i), found)
		}
	case string:
		m.search(value, steps, true, found)
	}
}

func (m marks) search(text string, steps []any, isValue bool, found func(int, use)) {
	for rest := text; ; {
		at := strings.Index(rest, m.prefix)
		if at < 0 {
			return
		}
		rest = rest[at+len(m.prefix):]
		var i int
		if n, err := fmt.Sscanf(rest, "%d", &i); n != 1 || err != nil {
			continue
		}
		name, _ := steps[0].(string)
		found(i, use{
			key:       stepsKey(steps),
			whole:     isValue && text == m.mark(i),
			extension: strings.HasPrefix(name, "x-"),
		})
	}
}
