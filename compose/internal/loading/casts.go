package loading

import (
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/tree"
)

// tolerantCasts wraps the loader's casts to the types of Compose fields, so that a value
// with the mark in it, of a variable that has no value, passes for a valid one. It does
// the same for the places where the schema takes no text.
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

// neededCast reports whether the loader itself needs the value at a place to have its
// type.
func neededCast(path tree.Path) bool {
	parts := path.Parts()
	return slices.Contains(parts, "ulimits") || slices.Contains(parts, "ports")
}

// patterns are the places of casts, taken apart, by their length.
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
