package override

import (
	"slices"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// A Change is one value that an override changes in a model.
type Change struct {
	// At is the path of the value. For a value that is added to a list, it is the path of the
	// list.
	At model.Path
	// How is the kind of change.
	How How
	// Value is the new value in the model.
	Value any
	// Written is the value as written in a Compose file, with variables; nil if that is Value,
	// escaped.
	Written any
}

// A How is a kind of [Change].
type How int

// The kinds of changes.
const (
	// Put sets the value.
	Put How = iota
	// Add appends the value to a list.
	Add
	// Drop removes an item from a list. Indexes of other changes still count it.
	Drop
)

// Changes returns the content of an override that makes changes, and the changed model.
// Docker Compose appends to lists when it merges files, so the override replaces a changed
// list completely.
func Changes(c *Copier, changes []Change) (root, changed map[string]any) {
	root = map[string]any{}
	changed, _ = model.Copy(c.Model.Tree, func(text string) string { return text }).(map[string]any)
	var repeated []model.Path
	for _, change := range changes {
		written := change.Written
		if written == nil {
			written = model.Copy(change.Value, variables.Escape)
		}
		list := outermostList(change)
		if list != nil && !slices.ContainsFunc(repeated, func(p model.Path) bool { return p.Key() == list.Key() }) {
			repeated = append(repeated, list)
			model.Set(root, list, c.list(list))
			if model.Get(changed, list) == nil {
				model.Set(changed, list, []any{})
			}
		}
		change.apply(root, written)
		change.apply(changed, change.Value)
	}
	for _, list := range repeated {
		items, _ := model.Get(root, list).([]any)
		model.Set(root, list, Replaced(kept(items)))
		items, _ = model.Get(changed, list).([]any)
		model.Set(changed, list, kept(items))
	}
	return root, changed
}

// list copies a list, if there is one.
func (c *Copier) list(at model.Path) []any {
	if model.Get(c.Model.Tree, at) == nil {
		return []any{}
	}
	items, _ := c.Value(at).([]any)
	return items
}

// outermostList returns the path of the outermost list that contains a change; nil if there
// is none.
func outermostList(change Change) model.Path {
	for i, step := range change.At {
		if _, isIndex := step.(int); isIndex {
			return change.At[:i]
		}
	}
	if change.How == Add {
		return change.At
	}
	return nil
}

// dropped replaces a removed item until all changes are made.
type dropped struct{}

// apply makes the change in a tree.
func (c Change) apply(tree map[string]any, value any) {
	switch c.How {
	case Add:
		items, _ := model.Get(tree, c.At).([]any)
		model.Set(tree, c.At, append(items, value))
	case Drop:
		model.Set(tree, c.At, dropped{})
	default:
		model.Set(tree, c.At, value)
	}
}

// kept returns the items that were not dropped.
func kept(items []any) []any {
	return slices.DeleteFunc(items, func(item any) bool { _, out := item.(dropped); return out })
}
