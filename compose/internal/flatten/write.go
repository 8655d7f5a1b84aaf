package flatten

import (
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

// write puts a model into the form of a Compose file: with variables in place of tokens,
// and paths relative to the project directory.
func (f *flattener) write(value any, at []string) any {
	at = at[:len(at):len(at)]
	switch v := value.(type) {
	case map[string]any:
		if rest, ok := v[f.Marks.short].(string); ok {
			return f.writeShort(v, rest)
		}
		written := make(map[string]any, len(v))
		for key, each := range v {
			written[key] = f.write(each, append(at, key))
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
		return f.tokens.texts(v)
	}
	return value
}

// writeShort writes a value that is kept in its short form.
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
// files. A variable that comes first in a path can hold an absolute one.
func (f *flattener) relative(path string) string {
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

// isHostPath reports whether a path is absolute for Docker Compose, which one in the home
// folder of the user is, too.
func isHostPath(path string) bool {
	return strings.HasPrefix(path, "/") || strings.HasPrefix(path, "~")
}
