package flatten

import (
	"path/filepath"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/carry"
	"github.com/ocompose/ocompose/compose/internal/localfile"
)

// carriedPlaces are the places of a model that hold paths of files that are carried, and
// optionPlaces those where such a path can be part of an option.
var (
	carriedPlaces = [][]string{
		{"*", "*", "env_file", "*", "path"},
		{"*", "*", "label_file", "*"},
		{"*", "*", "pre_start", "*", "env_file", "*", "path"},
		{"*", "*", "pre_start", "*", "label_file", "*"},
		{"configs", "*", "file"},
	}
	optionPlaces = [][]string{
		{"*", "*", "security_opt", "*"},
		{"*", "*", "pre_start", "*", "security_opt", "*"},
	}
)

// rename writes a text with the name of the carried file that it refers to, and reports
// whether that is another one.
func (f *flattener) rename(text string, at []string) (string, bool) {
	prefix, path := "", text
	switch {
	case isPlace(optionPlaces, at):
		file := carry.SeccompFile(text)
		if file == "" {
			return "", false
		}
		prefix, path = strings.TrimSuffix(text, file), localfile.Absolute(f.Input.Dir, f.tokens.values(file))
	case !isPlace(carriedPlaces, at):
		return "", false
	}
	rel, err := filepath.Rel(f.Input.Dir, f.tokens.values(path))
	if err != nil {
		return "", false
	}
	rel = filepath.ToSlash(rel)
	name := f.Names[rel]
	return prefix + "./" + name, name != "" && name != rel
}

// renamed returns a model with absolute paths in which carried files have their names.
func (f *flattener) renamed(value any, at []string) any {
	at = at[:len(at):len(at)]
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for key, each := range v {
			copied[key] = f.renamed(each, append(at, key))
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, each := range v {
			copied[i] = f.renamed(each, append(at, "[]"))
		}
		return copied
	case string:
		if name, ok := f.rename(v, at); ok && isPlace(carriedPlaces, at) {
			return filepath.Join(f.Input.Dir, name)
		} else if ok {
			return name
		}
	}
	return value
}
