package loading

import (
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/tree"
	"go.yaml.in/yaml/v4"
)

// tolerantCasts wraps the loader's casts to the types of Compose fields, so that a value
// with the mark of a variable without a value counts as valid. It does the same for places
// where the schema does not accept strings. It leaves out casts for keys that are not in
// keys, unless keys is nil. It reports the keys of values that it makes up to guessed.
func tolerantCasts(casts map[tree.Path]interpolation.Cast, mark string, keys map[string]bool, guessed func(key string)) map[tree.Path]interpolation.Cast {
	tolerant := map[tree.Path]interpolation.Cast{}
	known := newPatterns(casts)
	for path, cast := range casts {
		if !canMatch(path, keys) {
			continue
		}
		tolerant[path] = func(value string) (any, error) {
			if !strings.Contains(value, mark) {
				return cast(value)
			}
			guessed(path.Last())
			for _, candidate := range []string{"1", "true"} {
				if v, err := cast(candidate); err == nil {
					return v, nil
				}
			}
			return value, nil
		}
	}
	for path, placeholder := range placeholders() {
		if !canMatch(path, keys) || known.match(path.Parts()) {
			continue // the order of overlapping patterns is undefined
		}
		tolerant[path] = func(value string) (any, error) {
			if strings.Contains(value, mark) {
				guessed(path.Last())
				return placeholder, nil
			}
			return value, nil
		}
	}
	return tolerant
}

// canMatch reports whether a pattern can match a place in files with these keys.
func canMatch(path tree.Path, keys map[string]bool) bool {
	return keys == nil || !slices.ContainsFunc(path.Parts(), func(part string) bool {
		return part != tree.PathMatchAll && part != tree.PathMatchList && !keys[part]
	})
}

// keysOf returns the keys of all mappings in documents; nil if there are no documents.
func keysOf(files [][]*yaml.Node) map[string]bool {
	if files == nil {
		return nil
	}
	keys := map[string]bool{}
	var walk func(node *yaml.Node)
	walk = func(node *yaml.Node) {
		for i, child := range node.Content {
			if node.Kind == yaml.MappingNode && i%2 == 0 {
				key := child
				if key.Kind == yaml.AliasNode {
					key = key.Alias
				}
				keys[key.Value] = true
			}
			walk(child)
		}
	}
	for _, documents := range files {
		for _, document := range documents {
			walk(document)
		}
	}
	return keys
}

// patterns are the split places of casts, by length.
type patterns map[int][][]string

func newPatterns(casts map[tree.Path]interpolation.Cast) patterns {
	p := patterns{}
	for path := range casts {
		parts := path.Parts()
		p[len(parts)] = append(p[len(parts)], parts)
	}
	return p
}

// match reports whether one of the patterns matches a place.
func (p patterns) match(place []string) bool {
	return slices.ContainsFunc(p[len(place)], func(pattern []string) bool { return matches(pattern, place) })
}

func matches(pattern, place []string) bool {
	for i := range pattern {
		if pattern[i] != "*" && pattern[i] != place[i] {
			return false
		}
	}
	return true
}
