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

func collectVariables(document *yaml.Node, found map[string]Variable, seen map[*yaml.Node]bool) {
	eachScalar(document, seen, func(node *yaml.Node) {
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
	})
}

// eachScalar visits every scalar below a node that interpolation replaces variables in,
// each once: keys are none of them.
func eachScalar(node *yaml.Node, seen map[*yaml.Node]bool, visit func(*yaml.Node)) {
	if node == nil || seen[node] {
		return
	}
	seen[node] = true
	switch node.Kind {
	case yaml.AliasNode:
		eachScalar(node.Alias, seen, visit)
	case yaml.ScalarNode:
		visit(node)
	}
	for i, child := range node.Content {
		if node.Kind != yaml.MappingNode || i%2 == 1 {
			eachScalar(child, seen, visit)
		}
	}
}
