package loading

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/compose-spec/compose-go/v2/tree"
)

// placeholders are values for the places of a Compose file where the schema does not accept
// every string. They replace variables without a value, so that a file is not invalid
// because of a value that only the deployment knows.
var placeholders = sync.OnceValue(func() map[tree.Path]any {
	var root map[string]any
	if err := json.Unmarshal([]byte(schema.Schema), &root); err != nil {
		return nil
	}
	w := schemaWalk{root: root, found: map[tree.Path]any{}}
	w.visit(root, "", nil)
	for _, prefix := range []tree.Path{"services.*", "jobs.*"} {
		// Short forms that the loader parses.
		w.found[prefix+".ports.[]"] = "1"
		w.found[prefix+".expose.[]"] = "1"
	}
	return w.found
})

// placeholderText replaces a string that must match a pattern.
const placeholderText = "placeholder"

// A schemaWalk searches a JSON schema for the places that don't accept every string.
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

// takesText reports whether a node accepts every string.
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

// example returns a scalar that is valid for a node.
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
		return placeholderText, true
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

// alternatives returns the schemas one of which a value must match.
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
