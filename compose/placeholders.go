package compose

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/compose-spec/compose-go/v2/tree"
)

// placeholders are values for the places of a Compose file where the schema does not
// take any text: what stands there for a variable without a value, so that a file
// is not found invalid for a value that only the place of deployment knows.
var placeholders = sync.OnceValue(func() map[tree.Path]any {
	var root map[string]any
	if err := json.Unmarshal([]byte(schema.Schema), &root); err != nil {
		return nil
	}
	w := schemaWalk{root: root, found: map[tree.Path]any{}}
	w.visit(root, "", nil)
	for _, prefix := range []tree.Path{"services.*", "jobs.*"} {
		// Short forms that are taken apart when they are read.
		w.found[prefix+".ports.[]"] = "1"
		w.found[prefix+".expose.[]"] = "1"
	}
	return w.found
})

// A schemaWalk looks through a JSON schema for the places that do not take any text.
type schemaWalk struct {
	root  map[string]any
	found map[tree.Path]any
}

func (w *schemaWalk) visit(node map[string]any, path tree.Path, refs []string) {
	if ref, ok := node["$ref"].(string); ok {
		if slices.Contains(refs, ref) {
			return
		}
		target, _ := w.resolve(ref)
		w.visit(target, path, append(slices.Clip(refs), ref))
		return
	}
	if path != "" && !w.takesText(node, 0) {
		if value, ok := w.example(node, 0); ok {
			w.found[path] = value
		}
	}
	for _, alternative := range alternatives(node) {
		w.visitBelow(alternative, path, refs)
	}
	w.visitBelow(node, path, refs)
}

// visitBelow visits the fields and items of a node.
func (w *schemaWalk) visitBelow(node map[string]any, path tree.Path, refs []string) {
	if ref, ok := node["$ref"].(string); ok {
		if slices.Contains(refs, ref) {
			return
		}
		refs = append(slices.Clip(refs), ref)
		node, _ = w.resolve(ref)
		for _, alternative := range alternatives(node) {
			w.visitBelow(alternative, path, refs)
		}
	}
	next := func(key string) tree.Path {
		if path == "" {
			return tree.Path(key)
		}
		return path.Next(key)
	}
	properties, _ := node["properties"].(map[string]any)
	for key, value := range properties {
		if below, ok := value.(map[string]any); ok {
			w.visit(below, next(key), refs)
		}
	}
	patterns, _ := node["patternProperties"].(map[string]any)
	for pattern, value := range patterns {
		if below, ok := value.(map[string]any); ok && !strings.HasPrefix(pattern, "^x-") {
			w.visit(below, next(tree.PathMatchAll), refs)
		}
	}
	if below, ok := node["additionalProperties"].(map[string]any); ok {
		w.visit(below, next(tree.PathMatchAll), refs)
	}
	if below, ok := node["items"].(map[string]any); ok {
		w.visit(below, next(tree.PathMatchList), refs)
	}
}

// takesText tells whether a node is valid for any text whatever.
func (w *schemaWalk) takesText(node map[string]any, depth int) bool {
	if ref, ok := node["$ref"].(string); ok && depth < 10 {
		target, ok := w.resolve(ref)
		return !ok || w.takesText(target, depth+1)
	}
	options := alternatives(node)
	if len(options) > 0 {
		return slices.ContainsFunc(options, func(option map[string]any) bool { return w.takesText(option, depth+1) })
	}
	if node["enum"] != nil || node["pattern"] != nil {
		return false
	}
	kinds := typesOf(node)
	return len(kinds) == 0 || slices.Contains(kinds, "string")
}

// example is a scalar that is valid for a node.
func (w *schemaWalk) example(node map[string]any, depth int) (any, bool) {
	if ref, ok := node["$ref"].(string); ok && depth < 10 {
		target, _ := w.resolve(ref)
		return w.example(target, depth+1)
	}
	for _, option := range alternatives(node) {
		if value, ok := w.example(option, depth+1); ok {
			return value, true
		}
	}
	if values, ok := node["enum"].([]any); ok && len(values) > 0 {
		return values[0], true
	}
	if pattern, ok := node["pattern"].(string); ok {
		if strings.HasPrefix(pattern, "^(") {
			first, _, _ := strings.Cut(strings.TrimPrefix(pattern, "^("), "|")
			return first, true
		}
		return "placeholder", true
	}
	for _, kind := range typesOf(node) {
		switch kind {
		case "integer", "number":
			return 1, true
		case "boolean":
			return true, true
		}
	}
	return nil, false
}

func (w *schemaWalk) resolve(ref string) (map[string]any, bool) {
	var node any = w.root
	for step := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		mapping, _ := node.(map[string]any)
		node = mapping[step]
	}
	target, ok := node.(map[string]any)
	return target, ok
}

// alternatives are the schemas of which a value must match one.
func alternatives(node map[string]any) []map[string]any {
	var all []map[string]any
	for _, key := range []string{"oneOf", "anyOf", "allOf"} {
		options, _ := node[key].([]any)
		for _, option := range options {
			if mapping, ok := option.(map[string]any); ok {
				all = append(all, mapping)
			}
		}
	}
	return all
}

func typesOf(node map[string]any) []string {
	switch kind := node["type"].(type) {
	case string:
		return []string{kind}
	case []any:
		var kinds []string
		for _, each := range kind {
			if name, ok := each.(string); ok {
				kinds = append(kinds, name)
			}
		}
		return kinds
	}
	return nil
}

// tolerantCasts wraps the casts to the types that Compose fields have, so that a value
// with the mark in it, of a variable that has no value, passes for a valid one: in the
// places of those types, and in those that the schema says do not take any text.
func tolerantCasts(casts map[tree.Path]interpolation.Cast, mark string) map[tree.Path]interpolation.Cast {
	tolerant := make(map[tree.Path]interpolation.Cast, len(casts))
	for path, cast := range casts {
		tolerant[path] = func(value string) (any, error) {
			if !strings.Contains(value, mark) {
				return cast(value)
			}
			for _, candidate := range []string{"1", "true"} {
				if v, err := cast(candidate); err == nil {
					return v, nil
				}
			}
			return value, nil
		}
	}
	known := newPatterns(casts)
	for path, placeholder := range placeholders() {
		if known.match(path.Parts()) {
			continue // which of two patterns that overlap is tried first is not defined
		}
		tolerant[path] = func(value string) (any, error) {
			if strings.Contains(value, mark) {
				return placeholder, nil
			}
			return value, nil
		}
	}
	return tolerant
}

// neededCast tells whether the loader refuses, or takes apart, what stands at a place
// if it has not the type that it should have.
func neededCast(path tree.Path) bool {
	parts := path.Parts()
	return slices.Contains(parts, "ulimits") || slices.Contains(parts, "ports")
}

// patterns are the places of casts, taken apart, by their length: there are thousands
// of pairs to match.
type patterns map[int][][]string

func newPatterns(casts map[tree.Path]interpolation.Cast) patterns {
	p := patterns{}
	for path := range casts {
		parts := path.Parts()
		p[len(parts)] = append(p[len(parts)], parts)
	}
	return p
}

// match tells whether one of the patterns is of a place.
func (p patterns) match(place []string) bool {
	return slices.ContainsFunc(p[len(place)], func(pattern []string) bool { return matches(pattern, place) })
}
