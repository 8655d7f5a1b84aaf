package override

import (
	"slices"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// A Change is one value that an override changes in a model.
type Change struct {
	// At is where the value is. A value that is added to a list is at the list.
	At model.Path
	// How says what happens there.
	How How
	// Value is the new value in the model.
	Value any
	// Written is the value as a Compose file writes it, with variables; nil if that is Value,
	// escaped.
	Written any
}

// A How is what a Change does.
type How int

// What changes do.
const (
	// Put replaces the value or gives one.
	Put How = iota
	// Add adds the value to the end of a list.
	Add
	// Drop takes an item out of a list. Indexes of other changes count it.
	Drop
)

// Changes returns the content of an override that makes changes, and what the model is then.
// Docker Compose appends to lists when it merges files, so a list that changes is repeated
// whole, in the place of the one before.
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

// list copies a list; there need not be one.
func (c *Copier) list(at model.Path) []any {
	if model.Get(c.Model.Tree, at) == nil {
		return []any{}
	}
	items, _ := c.Value(at).([]any)
	return items
}

// outermostList returns the way to the outermost list that a change is in, nil if it is in
// none.
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

// dropped takes the place of an item that is taken out, until all changes are made.
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
