package loading

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/tree"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/place"
)

// nameLists are the fields of services with lists of names that the loader converts to mappings
// when it merges files. The schema accepts few characters in the keys of these mappings.
var nameLists = []string{"depends_on", "networks", "models"}

// standIns are valid names that take the place of names with variables without a value, while
// the loader merges and validates files.
type standIns map[string]string

// add adds casts that replace such names in lists, except under keys that are not in keys, unless
// keys is nil.
func (s standIns) add(casts map[tree.Path]interpolation.Cast, mark string, keys map[string]bool) {
	for _, section := range place.Sections() {
		for _, list := range nameLists {
			path := tree.NewPath(section, tree.PathMatchAll, list, tree.PathMatchList)
			if !canMatch(path, keys) {
				continue
			}
			casts[path] = func(name string) (any, error) {
				if !strings.Contains(name, mark) {
					return name, nil
				}
				standIn := fmt.Sprintf("unset-%x", sha256.Sum256([]byte(name)))
				s[standIn] = name
				return standIn, nil
			}
		}
	}
}

// restore replaces the stand-ins in a merged model with the names.
func (s standIns) restore(tree map[string]any) {
	if len(s) == 0 {
		return
	}
	for _, section := range place.Sections() {
		for _, service := range model.Entries(tree[section]) {
			fields, _ := service.(map[string]any)
			for _, list := range nameLists {
				switch names := fields[list].(type) {
				case []any:
					for i, item := range names {
						if name, ok := s[fmt.Sprint(item)]; ok {
							names[i] = name
						}
					}
				case map[string]any:
					for key, value := range names {
						if name, ok := s[key]; ok {
							delete(names, key)
							names[name] = value
						}
					}
				}
			}
		}
	}
}
