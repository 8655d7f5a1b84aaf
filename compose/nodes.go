package compose

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"
)

// maxDepth bounds following aliases and references from file to file.
const maxDepth = 100

// readDocuments parses the YAML documents of a file into nodes, which know their
// lines. A document that is empty is nil.
func readDocuments(content []byte) ([]*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var documents []*yaml.Node
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return documents, err
		}
		if document.Kind == yaml.DocumentNode && len(document.Content) == 1 {
			documents = append(documents, document.Content[0])
		}
	}
}

// resolved follows an alias to what it stands for.
func resolved(node *yaml.Node) *yaml.Node {
	for i := 0; node != nil && node.Kind == yaml.AliasNode && i < maxDepth; i++ {
		node = node.Alias
	}
	return node
}

// valueOf returns the value of a key of a mapping, looking through aliases and merge
// keys, as the node where it is used: nil if there is none.
func valueOf(node *yaml.Node, key string) *yaml.Node {
	var found *yaml.Node
	eachMapping(node, func(mapping *yaml.Node) bool {
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if k := mapping.Content[i]; k.Value == key && k.Kind == yaml.ScalarNode && k.Tag != "!!merge" {
				found = mapping.Content[i+1]
				return false
			}
		}
		return true
	})
	return found
}

// keysOf lists the keys of a mapping in order, those of its merge keys included.
func keysOf(node *yaml.Node) []string {
	seen := map[string]bool{}
	var keys []string
	eachMapping(node, func(mapping *yaml.Node) bool {
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if k := mapping.Content[i]; k.Tag != "!!merge" && !seen[k.Value] {
				seen[k.Value] = true
				keys = append(keys, k.Value)
			}
		}
		return true
	})
	return keys
}

// eachMapping visits a mapping and those that it merges in, the ones that win first,
// each once, until visit returns false.
func eachMapping(node *yaml.Node, visit func(*yaml.Node) bool) {
	seen := map[*yaml.Node]bool{}
	var walk func(node *yaml.Node, merged bool) bool
	walk = func(node *yaml.Node, merged bool) bool {
		node = resolved(node)
		if node == nil || seen[node] {
			return true
		}
		seen[node] = true
		if node.Kind == yaml.SequenceNode && merged {
			for _, each := range node.Content {
				if !walk(each, true) {
					return false
				}
			}
		}
		if node.Kind != yaml.MappingNode {
			return true
		}
		if !visit(node) {
			return false
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Tag == "!!merge" && !walk(node.Content[i+1], true) {
				return false
			}
		}
		return true
	}
	walk(node, false)
}

// items are the nodes of a sequence; a single value counts as a sequence of one.
func items(node *yaml.Node) []*yaml.Node {
	node = resolved(node)
	switch {
	case node == nil || node.Tag == "!!null":
		return nil
	case node.Kind == yaml.SequenceNode:
		return node.Content
	}
	return []*yaml.Node{node}
}

// text is the value of a scalar, empty for anything else.
func text(node *yaml.Node) string {
	node = resolved(node)
	if node == nil || node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
		return ""
	}
	return node.Value
}

var lineInError = regexp.MustCompile(`(?i)\bline:? (\d+)|\bL(\d+)[:.]C?\d+`)

// errorLine finds the line that a YAML error tells, or 0.
func errorLine(err error) int {
	match := lineInError.FindStringSubmatch(err.Error())
	if match == nil {
		return 0
	}
	line, _ := strconv.Atoi(match[1] + match[2])
	return line
}
