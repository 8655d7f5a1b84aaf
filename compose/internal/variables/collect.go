package variables

import (
	"maps"
	"regexp"
	"slices"

	"github.com/compose-spec/compose-go/v2/template"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// A Variable is a variable in Compose files.
type Variable struct {
	Name string
	// Default is the value if the variable is not set.
	Default string
	// Required is true if Docker Compose fails without a value.
	Required bool
}

var variableName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// Collect lists the variables of the documents of several files, by name. A variable that
// is required anywhere is required.
func Collect(files [][]*yaml.Node) []Variable {
	found := map[string]Variable{}
	for _, documents := range files {
		seen := map[*yaml.Node]bool{}
		for _, document := range documents {
			yamlnode.EachScalar(document, seen, func(node *yaml.Node) { collect(node.Value, found) })
		}
	}
	delete(found, "COMPOSE_PROJECT_NAME") // Docker Compose sets it
	names := slices.Sorted(maps.Keys(found))
	all := make([]Variable, len(names))
	for i, name := range names {
		all[i] = found[name]
	}
	return all
}

func collect(text string, found map[string]Variable) {
	for name, v := range template.ExtractVariables(map[string]any{"": text}, template.DefaultPattern) {
		if !variableName.MatchString(name) {
			continue
		}
		known, ok := found[name]
		if !ok {
			known.Name = name
		}
		known.Required = known.Required || v.Required
		if known.Default == "" {
			known.Default = v.DefaultValue
		}
		found[name] = known
	}
}
