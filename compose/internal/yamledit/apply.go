// Package yamledit changes single scalars of a YAML file and no other byte.
package yamledit

import (
	"bytes"
	"errors"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// An Edit replaces the value of a scalar, or of an alias of a scalar.
type Edit struct {
	Node  *yaml.Node
	Span  Span
	Value string
}

// Apply returns content with the edits made.
func Apply(content []byte, edits []Edit) ([]byte, error) {
	ordered := slices.Clone(edits)
	slices.SortFunc(ordered, func(a, b Edit) int { return a.Span.Start - b.Span.Start })
	var edited bytes.Buffer
	at := 0
	for _, e := range ordered {
		if e.Span.Start < at {
			return nil, errors.New("edits overlap")
		}
		edited.Write(content[at:e.Span.Start])
		edited.WriteString(e.Span.Spell(e.Value))
		at = e.Span.End
	}
	edited.Write(content[at:])
	return edited.Bytes(), nil
}

// Check compares the documents of a file before and after edits: nothing but the edited
// values may differ, comments included.
func Check(before, after []*yaml.Node, edits []Edit) error {
	values := make(map[[2]int]string, len(edits))
	for _, e := range edits {
		values[[2]int{e.Node.Line, e.Node.Column}] = e.Value
	}
	if len(before) != len(after) {
		return errors.New("the edited file has different documents")
	}
	for i := range before {
		if !sameNode(before[i], after[i], values) {
			return errors.New("the edited file has a different meaning")
		}
	}
	if len(values) > 0 {
		return errors.New("an edit is lost")
	}
	return nil
}

// sameNode reports whether two trees are the same except for the values at the given lines
// and columns of the first, which it removes from the map as it finds them.
func sameNode(was, is *yaml.Node, values map[[2]int]string) bool {
	position := [2]int{was.Line, was.Column}
	value, edited := values[position]
	if edited && yamlnode.IsScalar(was) {
		delete(values, position)
		if is.Kind != yaml.ScalarNode || is.Value != value {
			return false
		}
		return was.Kind == yaml.AliasNode || was.Anchor == is.Anchor && was.ShortTag() == is.ShortTag()
	}
	if was.Kind != is.Kind || was.Value != is.Value || was.Anchor != is.Anchor ||
		was.Style != is.Style || was.ShortTag() != is.ShortTag() || len(was.Content) != len(is.Content) ||
		was.HeadComment != is.HeadComment || was.LineComment != is.LineComment || was.FootComment != is.FootComment {
		return false
	}
	for i := range was.Content {
		if !sameNode(was.Content[i], is.Content[i], values) {
			return false
		}
	}
	return true
}
