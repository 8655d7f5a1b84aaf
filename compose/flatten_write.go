package compose

import (
	"path/filepath"
	"slices"
	"strings"
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

// write puts a model into the form of a Compose file: variables for tokens, and paths
// relative to the project directory.
func (f *flattener) write(value any, at []string) any {
	at = at[:len(at):len(at)]
	switch v := value.(type) {
	case map[string]any:
		if rest, ok := v[shortForm].(string); ok {
			return f.writeShort(v, rest)
		}
		written := make(map[string]any, len(v))
		for key, each := range v {
			written[key] = f.write(each, append(at, key))
		}
		return written
	case []any:
		written := make([]any, len(v))
		for i, each := range v {
			written[i] = f.write(each, append(at, "[]"))
		}
		return written
	case string:
		if renamed, ok := f.rename(v, at); ok {
			return renamed
		}
		if isPlace(pathPlaces, at) && filepath.IsAbs(v) {
			return f.relative(v)
		}
		return f.texts(v)
	}
	return value
}

// writeShort writes a value that is kept in its short form.
func (f *flattener) writeShort(v map[string]any, rest string) string {
	source, isMount := v["source"].(string)
	switch {
	case !isMount && rest == "":
		target, _ := v["target"].(string)
		return f.texts(target)
	case !isMount:
		return f.texts(rest)
	case source == absolute(f.source.dir, v[writtenSource].(string)):
		return f.texts(v[writtenSource].(string)) + ":" + f.texts(rest)
	case filepath.IsAbs(source):
		return f.relative(source) + ":" + f.texts(rest)
	}
	return f.texts(source) + ":" + f.texts(rest)
}

// relative writes a path relative to the project directory, but for one that is absolute
// in the files. A variable that stands first in a path can hold an absolute one.
func (f *flattener) relative(path string) string {
	if i := strings.Index(path, "/"+tokenOpen); i >= 0 {
		dir := path[:max(i, 1)]
		first := path[i+1:]
		if dir == f.source.dir || isHostPath(f.values(first)) {
			return f.texts(first)
		}
	}
	if f.host[filepath.Clean(f.values(path))] {
		return f.texts(path)
	}
	rel, err := filepath.Rel(f.source.dir, path)
	if err != nil {
		return f.texts(path)
	}
	rel = filepath.ToSlash(rel)
	if rel != ".." && !strings.HasPrefix(rel, "../") {
		rel = "./" + strings.TrimPrefix(rel, "./")
	}
	if rel == "./." {
		rel = "."
	}
	return f.texts(rel)
}

// isHostPath tells that a path is absolute, as Docker Compose takes it: in the home folder
// of its user is absolute, too.
func isHostPath(path string) bool {
	return strings.HasPrefix(path, "/") || strings.HasPrefix(path, "~")
}
