package yamledit

import (
	"context"
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// Replace gives scalars, and aliases of scalars, of a file new values and leaves all other
// bytes as they are. It returns the new content with its documents, and an error if a value
// can't be replaced without changing something else.
func Replace(ctx context.Context, content []byte, documents []*yaml.Node, values map[*yaml.Node]string) ([]byte, []*yaml.Node, error) {
	r := replacer{content: content, lines: NewLines(content), values: values, seen: map[*yaml.Node]bool{}}
	for _, document := range documents {
		if err := r.walk(document, false); err != nil {
			return nil, nil, err
		}
	}
	edited, err := Apply(content, r.edits)
	if err != nil {
		return nil, nil, err
	}
	after, err := yamlnode.Parse(ctx, edited)
	if err != nil {
		return nil, nil, err
	}
	return edited, after, Check(documents, after, r.edits)
}

type replacer struct {
	content []byte
	lines   *Lines
	values  map[*yaml.Node]string
	edits   []Edit
	seen    map[*yaml.Node]bool
}

// walk finds the nodes below one that get new values. Aliases are not followed.
func (r *replacer) walk(node *yaml.Node, inFlow bool) error {
	if value, ok := r.values[node]; ok && !r.seen[node] {
		r.seen[node] = true
		at, ok := r.lines.Offset(node.Line, node.Column)
		var span Span
		if ok {
			span, ok = Find(r.content, at, node, inFlow)
		}
		if !ok {
			return fmt.Errorf("line %d: the value can't be edited where it is written", node.Line)
		}
		r.edits = append(r.edits, Edit{Node: node, Span: span, Value: value})
		return nil
	}
	if node.Kind == yaml.AliasNode {
		return nil
	}
	inFlow = inFlow || node.Style&yaml.FlowStyle != 0
	for _, child := range node.Content {
		if err := r.walk(child, inFlow); err != nil {
			return err
		}
	}
	return nil
}
