package loading

import (
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// copy returns a copy of a document for decoding: with marks before traced scalars, and
// with merge keys that the loader accepts.
func (c *converter) copy(f File, document *yaml.Node) *yaml.Node {
	copies := copier{converter: c, traced: map[*yaml.Node]bool{}, copies: map[*yaml.Node]*yaml.Node{}}
	if c.trace {
		for _, scalar := range f.Trace {
			copies.traced[scalar.Node] = true
		}
		copies.lists = listNodes(document)
	}
	return copies.node(document, "", false)
}

type copier struct {
	*converter
	// traced are the traced scalars.
	traced map[*yaml.Node]bool
	// lists are the nodes of lists that an override may have to repeat.
	lists map[*yaml.Node]bool
	// copies are the copies of nodes that aliases may refer to.
	copies map[*yaml.Node]*yaml.Node
}

// node copies a node. key is the key of the value, and isKey is true if it is a key itself.
func (c *copier) node(node *yaml.Node, key string, isKey bool) *yaml.Node {
	copied := *node
	switch node.Kind {
	case yaml.ScalarNode:
		if node.Anchor != "" {
			plain := copied
			c.copies[node] = &plain
		}
		if !isKey {
			c.mark(node, &copied, key)
		}
		return &copied
	case yaml.AliasNode:
		copied.Alias = c.copies[node.Alias]
		if copied.Alias == nil {
			copied.Alias = node.Alias
		}
		if node.Alias.Kind == yaml.ScalarNode && !isKey {
			scalar := *node.Alias
			scalar.Anchor = ""
			if c.mark(node, &scalar, key) {
				return &scalar
			}
		}
		return &copied
	}
	copied.Content = make([]*yaml.Node, len(node.Content))
	c.copies[node] = &copied
	for i, child := range node.Content {
		switch {
		case node.Kind != yaml.MappingNode:
			copied.Content[i] = c.node(child, key, false)
		case i%2 == 0:
			copied.Content[i] = c.node(child, "", true)
		default:
			under := node.Content[i-1].Value
			value := c.node(child, under, false)
			if under == "<<" && value.Kind == yaml.AliasNode {
				value = value.Alias // the library does not accept an alias of a sequence there
			}
			copied.Content[i] = value
		}
	}
	return &copied
}

// mark puts the mark of a node before the value of its copy, if it is traced or has
// variables.
func (c *copier) mark(node, copied *yaml.Node, key string) bool {
	if !c.trace || !yamlnode.IsString(node) {
		return false
	}
	if !c.traced[node] && !hasVariables(copied.Value) {
		return false
	}
	number := c.origins.add(tracedNode{node: node, key: key, inList: c.lists[node]})
	copied.Value = c.marks.marked(number, copied.Value)
	return true
}

// listNodes returns the nodes that can end up in a list of hooks or mounts, which an
// override may have to repeat.
func listNodes(document *yaml.Node) map[*yaml.Node]bool {
	lists, seen := map[*yaml.Node]bool{}, map[*yaml.Node]bool{}
	var walk func(node *yaml.Node, inList bool)
	walk = func(node *yaml.Node, inList bool) {
		visited := seen
		if inList {
			visited = lists
		}
		if node == nil || visited[node] {
			return
		}
		visited[node] = true
		walk(node.Alias, inList)
		for i, child := range node.Content {
			isList := node.Kind == yaml.MappingNode && i%2 == 1 &&
				(node.Content[i-1].Value == "pre_start" || node.Content[i-1].Value == "volumes")
			walk(child, inList || isList)
		}
	}
	walk(document, false)
	return lists
}
