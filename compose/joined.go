package compose

import (
	"bytes"
	"context"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/override"
	"github.com/ocompose/ocompose/compose/internal/pinning"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// endChanges returns the changes that keep the values at the ends of files: Docker Compose adds a
// line break to a file when it joins the files of a composition, which becomes part of a block
// scalar (`key: |`) that ends without one.
func (l *loaded) endChanges(ctx context.Context) ([]override.Change, error) {
	if l.flattened || l.opts.AsIs || l.opts.Archived {
		return nil, nil
	}
	files, some := slices.Clone(l.basis.files), false
	for i, f := range files {
		if !endsInBlock(f) {
			continue
		}
		some = true
		content := append(bytes.Clone(f.Content), '\n')
		documents, err := yamlnode.Parse(ctx, content)
		if err != nil {
			return nil, err
		}
		files[i] = pinning.NewFile(f.Name, content, documents)
	}
	if !some {
		return nil, nil
	}
	joined, err := l.basis.loadModel(ctx, nil, files, loading.Options{})
	if err != nil {
		return nil, err
	}
	var changes []override.Change
	collect := func(at model.Path, value, _ any) bool {
		change := override.Change{At: slices.Clone(at), Value: value}
		if text, ok := value.(string); ok {
			change.Written = l.basis.model.Raw(text)
		}
		changes = append(changes, change)
		return true
	}
	model.Difference(l.basis.model.Tree, joined.Tree, collect)
	return changes, nil
}

// endsInBlock reports whether the last value of a file is a block scalar to which another line
// break would belong.
func endsInBlock(f pinning.File) bool {
	if len(f.Documents) == 0 {
		return false
	}
	last := f.Documents[len(f.Documents)-1]
	for len(last.Content) > 0 {
		last = last.Content[len(last.Content)-1]
	}
	isBlock := last.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	return isBlock && (!bytes.HasSuffix(f.Content, []byte("\n")) || bytes.HasSuffix([]byte(last.Value), []byte("\n")))
}
