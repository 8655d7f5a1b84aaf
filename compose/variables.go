package compose

import (
	"maps"
	"regexp"
	"slices"

	"github.com/compose-spec/compose-go/v2/template"
	"gopkg.in/yaml.v3"
)

var variableName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// variables lists the variables that the files interpolate, by name: what the place of
// deployment can set. One that is required anywhere is required.
func (g *graph) variables() []Variable {
	found := map[string]Variable{}
	for _, f := range g.all {
		seen := map[*yaml.Node]bool{}
		for _, document := range f.documents {
			collectVariables(document, found, seen)
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

func collectVariables(node *yaml.Node, found map[string]Variable, seen map[*yaml.Node]bool) {
	if node == nil || seen[node] {
		return
	}
	seen[node] = true
	if node.Kind == yaml.AliasNode {
		collectVariables(node.Alias, found, seen)
		return
	}
	if node.Kind == yaml.ScalarNode {
		for name, v := range template.ExtractVariables(map[string]any{"": node.Value}, template.DefaultPattern) {
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
		return
	}
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 {
			continue // keys are not interpolated
		}
		collectVariables(child, found, seen)
	}
}
