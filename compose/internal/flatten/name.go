package flatten

import (
	"maps"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// nameVariable is the variable that Docker Compose sets to the name of the project.
const nameVariable = "COMPOSE_PROJECT_NAME"

// withoutName removes the name of the project from an environment that only lists its variable:
// the loader has added the value, but the deployment must set it.
func (f *flattener) withoutName(m map[string]any, at []string) map[string]any {
	if len(at) == 0 || at[len(at)-1] != "environment" || m[nameVariable] != f.name || f.setsName() {
		return m
	}
	m = maps.Clone(m)
	m[nameVariable] = nil
	return m
}

// setsName reports whether a file sets the variable itself.
func (f *flattener) setsName() bool {
	seen := map[*yaml.Node]bool{}
	var sets func(node *yaml.Node) bool
	sets = func(node *yaml.Node) bool {
		if seen[node] {
			return false
		}
		seen[node] = true
		if strings.HasPrefix(node.Value, nameVariable+"=") {
			return true
		}
		for i, child := range node.Content {
			isKey := node.Kind == yaml.MappingNode && i%2 == 0 && child.Value == nameVariable
			if sets(child) || isKey && yamlnode.Text(node.Content[i+1]) != "" {
				return true
			}
		}
		return false
	}
	for _, file := range f.Graph.Files {
		for _, document := range file.Documents {
			if sets(document) {
				return true
			}
		}
	}
	return false
}
