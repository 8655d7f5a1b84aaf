package compose

import (
	"github.com/compose-spec/compose-go/v2/paths"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/marks"
)

// inputsOf collects every string that can end up in a model of the files, to choose marks
// that are in none of them: the decoded values of the files, the environment, and file
// paths. more are additional strings.
func inputsOf(graph *filegraph.Graph, env map[string]string, more ...string) *marks.Set {
	inputs := &marks.Set{}
	inputs.Add(more...)
	inputs.Add(graph.Dir, paths.ExpandUser("~"))
	addEnv := func(env map[string]string) {
		for name, value := range env {
			inputs.Add(name, value)
		}
	}
	addEnv(env)
	for _, f := range graph.Files {
		inputs.Add(f.Path)
		switch f.Role {
		case filegraph.EnvFile:
			inputs.Add(string(f.Content))
		case filegraph.Included:
			addEnv(f.Env)
		}
		for _, document := range f.Documents {
			addNode(inputs, document)
		}
	}
	return inputs
}

func addNode(inputs *marks.Set, node *yaml.Node) {
	inputs.Add(node.Value)
	for _, child := range node.Content {
		addNode(inputs, child)
	}
}

// documentsOf returns the documents of all files.
func documentsOf(graph *filegraph.Graph) [][]*yaml.Node {
	all := make([][]*yaml.Node, len(graph.Files))
	for i, f := range graph.Files {
		all[i] = f.Documents
	}
	return all
}
