package flatten

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/localfile"
)

// pathPlaces are the places of a model that hold paths, which the loader makes absolute.
var pathPlaces = [][]string{
	{"*", "*", "build", "context"},
	{"*", "*", "build", "additional_contexts", "*"},
	{"*", "*", "build", "ssh", "*"},
	{"*", "*", "env_file", "*", "path"},
	{"*", "*", "label_file", "*"},
	{"*", "*", "develop", "watch", "*", "path"},
	{"*", "*", "volumes", "*", "source"},
	{"*", "*", "pre_start", "*", "env_file", "*", "path"},
	{"*", "*", "pre_start", "*", "label_file", "*"},
	{"*", "*", "pre_start", "*", "volumes", "*", "source"},
	{"configs", "*", "file"},
	{"secrets", "*", "file"},
	{"volumes", "*", "driver_opts", "device"},
}

func isPlace(places [][]string, at []string) bool {
	return slices.ContainsFunc(places, func(place []string) bool {
		return len(place) == len(at) && matches(place, at)
	})
}

func matches(place, at []string) bool {
	for i := range place {
		if place[i] != "*" && place[i] != at[i] {
			return false
		}
	}
	return true
}

// write converts a model to the form of a Compose file: with variables instead of tokens,
// and paths relative to the project directory.
func (f *flattener) write(value any, at []string) any {
	at = at[:len(at):len(at)]
	switch v := value.(type) {
	case map[string]any:
		if rest, ok := v[f.Marks.short].(string); ok {
			return f.writeShort(v, rest)
		}
		v = f.withoutName(v, at)
		if list, ok := f.asList(v); ok {
			return list
		}
		written := make(map[string]any, len(v))
		for key, each := range v {
			written[f.tokens.values(key)] = f.write(each, append(at, key))
		}
		if f.ShortVolumes && isPlace(volumePlaces, at) {
			if short, ok := shortMount(written); ok {
				return short
			}
		}
		return written
	case []any:
		written := make([]any, len(v))
		for i, each := range v {
			written[i] = f.write(each, append(at, "[]"))
		}
		return written
	case string:
		if isPlace(pathPlaces, at) && filepath.IsAbs(v) {
			return f.relative(v)
		}
		if v == nameVariable+"="+f.name && len(at) > 1 && at[len(at)-2] == "environment" && !f.setsName() {
			return nameVariable
		}
		return f.tokens.texts(v)
	}
	return value
}

// asList writes a mapping as the list that it was in the files, if its keys contain variables,
// which are not replaced in keys. Items are names, as in depends_on, or "name=value".
func (f *flattener) asList(m map[string]any) (list []any, ok bool) {
	varies, pairs := false, false
	for key, value := range m {
		varies = varies || f.tokens.in(key)
		switch value := value.(type) {
		case nil:
		case map[string]any:
			if !maps.Equal(value, map[string]any{"condition": "service_started", "required": true}) {
				return nil, false
			}
		case []any:
			return nil, false
		default:
			pairs = true
		}
	}
	if !varies {
		return nil, false
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		text := f.tokens.texts(key)
		if value := m[key]; pairs && value != nil {
			text += "=" + f.tokens.texts(fmt.Sprint(value))
		}
		list = append(list, text)
	}
	return list, true
}

// writeShort writes a value in its short form.
func (f *flattener) writeShort(v map[string]any, rest string) string {
	source, isMount := v["source"].(string)
	switch {
	case !isMount && rest == "":
		target, _ := v["target"].(string)
		return f.tokens.texts(target)
	case !isMount:
		return f.tokens.texts(rest)
	case source == localfile.Absolute(f.Input.Dir, v[f.Marks.source].(string)):
		return f.tokens.texts(v[f.Marks.source].(string)) + ":" + f.tokens.texts(rest)
	case filepath.IsAbs(source):
		return f.relative(source) + ":" + f.tokens.texts(rest)
	}
	return f.tokens.texts(source) + ":" + f.tokens.texts(rest)
}

// relative writes a path relative to the project directory, unless it is absolute in the
// files. A variable at the start of a path can hold an absolute path.
func (f *flattener) relative(path string) string {
	if moved, ok := f.Moved[filepath.Clean(f.tokens.values(path))]; ok {
		return f.movedPath(path, moved)
	}
	if i := strings.Index(path, "/"+f.Marks.open); i >= 0 {
		dir := path[:max(i, 1)]
		first := path[i+1:]
		if dir == f.Input.Dir || isHostPath(f.tokens.values(first)) {
			return f.tokens.texts(first)
		}
	}
	if f.Host[filepath.Clean(f.tokens.values(path))] {
		return f.tokens.texts(path)
	}
	rel, err := filepath.Rel(f.Input.Dir, path)
	if err != nil {
		return f.tokens.texts(path)
	}
	rel = filepath.ToSlash(rel)
	if rel != ".." && !strings.HasPrefix(rel, "../") {
		rel = "./" + strings.TrimPrefix(rel, "./")
	}
	if rel == "./." {
		rel = "."
	}
	return f.tokens.texts(rel)
}

// movedPath writes a path that moves to the project folder. A variable at the start of the path
// stays if its value means the same there.
func (f *flattener) movedPath(path, moved string) string {
	if i := strings.Index(path, "/"+f.Marks.open); i >= 0 {
		if rest := path[i+1:]; localfile.Absolute(f.Input.Dir, f.tokens.values(rest)) == moved {
			return f.tokens.texts(rest)
		}
	}
	rel, err := filepath.Rel(f.Input.Dir, moved)
	if err != nil {
		return moved
	}
	return "./" + filepath.ToSlash(rel)
}

// isHostPath reports whether a path is absolute for Docker Compose, including paths in the
// user's home folder.
func isHostPath(path string) bool {
	return strings.HasPrefix(path, "/") || strings.HasPrefix(path, "~")
}
