// Package model works on the merged model of a project as compose-go loads it: a
// tree of map[string]any, []any and scalars.
package model

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Path is the path of a place in a model: a string for each key, an int for each index.
type Path []any

// Key returns the path as a map key. The key of a path is a prefix of the keys of
// all paths below it.
func (p Path) Key() string {
	var key strings.Builder
	for _, step := range p {
		switch step := step.(type) {
		case string:
			key.WriteString(strconv.Itoa(len(step)) + ":" + step)
		case int:
			key.WriteString("#" + strconv.Itoa(step) + ",")
		}
	}
	return key.String()
}

// String returns the path for messages: "services.web.image".
func (p Path) String() string {
	parts := make([]string, len(p))
	for i, step := range p {
		parts[i] = fmt.Sprint(step)
	}
	return strings.Join(parts, ".")
}

// Join returns p extended with steps. It shares no memory with p.
func (p Path) Join(steps ...any) Path {
	return append(append(make(Path, 0, len(p)+len(steps)), p...), steps...)
}

// Get returns the value at a path, or nil if there is none.
func Get(value any, path Path) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			mapping, _ := value.(map[string]any)
			value = mapping[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

// Text returns the string at a path, and whether there is one.
func Text(value any, path Path) (string, bool) {
	text, ok := Get(value, path).(string)
	return text, ok
}

// Set sets the value at a path and creates missing mappings. It does nothing if the path
// goes through a value that is not a container.
func Set(container any, path Path, value any) {
	for i, step := range path {
		last := i == len(path)-1
		switch step := step.(type) {
		case string:
			mapping, ok := container.(map[string]any)
			if !ok {
				return
			}
			if last {
				mapping[step] = value
				return
			}
			if mapping[step] == nil {
				mapping[step] = map[string]any{}
			}
			container = mapping[step]
		case int:
			list, ok := container.([]any)
			if !ok || step >= len(list) {
				return
			}
			if last {
				list[step] = value
				return
			}
			container = list[step]
		}
	}
}

// Entries iterates over a mapping in the order of its keys. Other values have no entries.
func Entries(value any) iter.Seq2[string, any] {
	mapping, _ := value.(map[string]any)
	return func(yield func(string, any) bool) {
		for _, key := range slices.Sorted(maps.Keys(mapping)) {
			if !yield(key, mapping[key]) {
				return
			}
		}
	}
}

// Copy returns a deep copy of a value, with replace applied to every string.
func Copy(value any, replace func(string) string) any {
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for key, each := range v {
			copied[key] = Copy(each, replace)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, each := range v {
			copied[i] = Copy(each, replace)
		}
		return copied
	case string:
		return replace(v)
	}
	return value
}
