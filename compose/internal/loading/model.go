package loading

import (
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/paths"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/model"
)

// A Model is the merged model of files.
type Model struct {
	// Tree is the merged model. It includes marked variables without a value.
	Tree map[string]any
	// Name is the name of the project.
	Name string

	in      Input
	origins *origins
	uses    map[*yaml.Node][]Use
}

// A Use is one place of a model where a scalar of the files is used.
type Use struct {
	At model.Path
	// Whole is true if the value is the scalar alone, not a longer string.
	Whole bool
}

func newModel(in Input, tree map[string]any, name string, o *origins) *Model {
	m := &Model{Tree: tree, Name: name, in: in, origins: o, uses: map[*yaml.Node][]Use{}}
	// The loader makes lists of some mappings: "key=value".
	joined := map[string][]model.Path{}
	m.search(tree, nil, joined)
	for _, origin := range o.all {
		if origin.found || origin.from == nil || origin.text == "" {
			continue
		}
		for _, at := range joined[origin.from.key+"="+origin.text] {
			m.uses[origin.from.node] = append(m.uses[origin.from.node], Use{At: at})
		}
	}
	return m
}

// search finds the strings below a value.
func (m *Model) search(value any, at model.Path, joined map[string][]model.Path) {
	switch value := value.(type) {
	case map[string]any:
		for key, each := range value {
			m.search(each, append(at, key), joined)
		}
	case []any:
		for i, each := range value {
			m.search(each, append(at, i), joined)
		}
	case string:
		switch origin := m.origins.of(value); {
		case origin != nil:
			origin.found = true
			if origin.from != nil {
				node := origin.from.node
				m.uses[node] = append(m.uses[node], Use{At: slices.Clone(at), Whole: true})
			}
		case strings.Contains(value, "="):
			joined[value] = append(joined[value], slices.Clone(at))
		}
	}
}

// Uses returns the places where a traced scalar is used.
func (m *Model) Uses(node *yaml.Node) []Use { return m.uses[node] }

// Saw reports whether the loader processed a value with an @, in the model or in an
// overridden value.
func (m *Model) Saw(value string) bool { return m.origins != nil && m.origins.digests[value] }

// Raw returns a string of the model as it was before variables were replaced.
func (m *Model) Raw(value string) string {
	if origin := m.origins.of(value); origin != nil {
		return origin.raw
	}
	return value
}

// LostVariables reports whether the lists of hooks and mounts may have a variable that
// [Model.Raw] does not know, because the loader parsed its string or converted it to a
// number.
func (m *Model) LostVariables() bool {
	for _, origin := range m.origins.all {
		if !origin.found && hasVariables(origin.raw) && (origin.from == nil || origin.from.inList) {
			return true
		}
	}
	return false
}

// Absolute returns a copy of the model with absolute paths.
func (m *Model) Absolute() (map[string]any, error) {
	copied, _ := model.Copy(m.Tree, func(text string) string { return text }).(map[string]any)
	includes := &includeLoader{mark: m.in.Marks.include}
	err := paths.ResolveRelativePaths(copied, m.in.Dir, []paths.RemoteResource{includes.Accept})
	return copied, err
}
