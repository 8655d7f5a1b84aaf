package filegraph

import (
	"iter"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// References returns the scalars of documents that name the files to include and extend, as
// they are written: where one is an alias, the alias. Some come several times.
func References(documents []*yaml.Node) iter.Seq[*yaml.Node] {
	return func(yield func(*yaml.Node) bool) {
		for _, document := range documents {
			for _, entry := range yamlnode.Items(yamlnode.Value(document, "include")) {
				paths := []*yaml.Node{entry}
				if resolved := yamlnode.Resolve(entry); resolved.Kind == yaml.MappingNode {
					path := yamlnode.Value(resolved, "path")
					if paths = yamlnode.Items(path); yamlnode.Text(path) != "" {
						paths = []*yaml.Node{path} // maybe an alias
					}
				}
				for _, node := range paths {
					if !yield(node) {
						return
					}
				}
			}
			for container := range place.Nodes(document) {
				extends := yamlnode.Value(container.Node, "extends")
				if node := yamlnode.Value(extends, "file"); node != nil && !yield(node) {
					return
				}
			}
		}
	}
}
