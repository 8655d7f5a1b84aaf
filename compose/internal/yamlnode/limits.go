package yamlnode

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// maxExpandedNodes bounds the nodes of a document with its aliases expanded. The
// largest real projects have some ten thousand.
const maxExpandedNodes = 1_000_000

var errTooManyNodes = fmt.Errorf("the file has more than %d values with its aliases expanded", maxExpandedNodes)

// Check refuses a document that takes forever to read: one with an alias inside its own
// target, on which the loader may not return, or one in which aliases of aliases expand to
// something huge.
func Check(document *yaml.Node) error {
	if line := enclosedAlias(document, map[*yaml.Node]bool{}); line > 0 {
		return fmt.Errorf("line %d: an alias inside the node that it refers to", line)
	}
	if expandedSize(document, map[*yaml.Node]int{}) > maxExpandedNodes {
		return errTooManyNodes
	}
	return nil
}

// enclosedAlias returns the line of an alias whose target encloses it, or 0.
func enclosedAlias(node *yaml.Node, around map[*yaml.Node]bool) int {
	if node.Kind == yaml.AliasNode {
		if around[node.Alias] {
			return node.Line
		}
		return 0
	}
	around[node] = true
	defer delete(around, node)
	for _, child := range node.Content {
		if line := enclosedAlias(child, around); line > 0 {
			return line
		}
	}
	return 0
}

// expandedSize counts the nodes of a document with its aliases expanded, and stops
// somewhat above [maxExpandedNodes]. No alias may be inside its own target.
func expandedSize(node *yaml.Node, known map[*yaml.Node]int) int {
	if node == nil {
		return 0
	}
	if size, ok := known[node]; ok {
		return size
	}
	size := 1 + expandedSize(node.Alias, known)
	for _, child := range node.Content {
		if size += expandedSize(child, known); size > maxExpandedNodes {
			break
		}
	}
	known[node] = size
	return size
}
