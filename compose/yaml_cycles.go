package compose

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// checkAliases refuses a file in which an alias stands inside the very node that it
// names: the loader does not come back from some of those. A file that can't be looked
// into is refused as well: the loader's parser takes some that this one does not.
func checkAliases(content []byte) error {
	documents, err := parseDocuments(content)
	if err != nil {
		return fmt.Errorf("no valid YAML: %w", withoutLine(err))
	}
	for _, document := range documents {
		if err := checkDocument(document); err != nil {
			return err
		}
	}
	return nil
}

// checkDocument refuses a document that takes forever: with an alias inside of what it
// names, or with aliases of aliases that make something huge of something small.
func checkDocument(document *yaml.Node) error {
	if line := enclosedAlias(document, map[*yaml.Node]bool{}); line > 0 {
		return fmt.Errorf("line %d: an alias inside the node that it stands for", line)
	}
	if expandedSize(document, map[*yaml.Node]int{}) > maxExpandedNodes {
		return errTooManyNodes
	}
	return nil
}

// enclosedAlias returns the line of an alias of one of the nodes around it, or 0.
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
