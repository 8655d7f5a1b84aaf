package yamlnode

import (
	"iter"

	"go.yaml.in/yaml/v4"
)

// maxAliases limits how far aliases of aliases are followed.
const maxAliases = 100

// Resolve returns the content of a document node, and the target of an alias.
func Resolve(node *yaml.Node) *yaml.Node {
	if node != nil && node.Kind == yaml.DocumentNode && len(node.Content) == 1 {
		node = node.Content[0]
	}
	for i := 0; node != nil && node.Kind == yaml.AliasNode && i < maxAliases; i++ {
		node = node.Alias
	}
	return node
}

// Value returns the value of a key of a mapping, as the node where it is used, which may be
// an alias. Merge keys are followed. It returns nil if the key is missing.
func Value(node *yaml.Node, key string) *yaml.Node {
	var found *yaml.Node
	eachMapping(node, func(mapping *yaml.Node) bool {
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if k := mapping.Content[i]; k.Value == key && k.Kind == yaml.ScalarNode && k.Tag != mergeTag {
				found = mapping.Content[i+1]
				return false
			}
		}
		return true
	})
	return found
}

// Entries iterates over a mapping in order, including its merge keys, each key once with
// its effective value.
func Entries(node *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		seen := map[string]bool{}
		eachMapping(node, func(mapping *yaml.Node) bool {
			for i := 0; i+1 < len(mapping.Content); i += 2 {
				k := mapping.Content[i]
				if k.Tag == mergeTag || k.Kind != yaml.ScalarNode || seen[k.Value] {
					continue
				}
				seen[k.Value] = true
				if !yield(k.Value, mapping.Content[i+1]) {
					return false
				}
			}
			return true
		})
	}
}

const mergeTag = "!!merge"

// IsMergeKey reports whether a key of a mapping is <<.
func IsMergeKey(key *yaml.Node) bool { return key.Tag == mergeTag }

// eachMapping visits a mapping and the mappings it merges, in order of precedence, each
// once, until visit returns false.
func eachMapping(node *yaml.Node, visit func(*yaml.Node) bool) {
	seen := map[*yaml.Node]bool{}
	var walk func(node *yaml.Node, merged bool) bool
	walk = func(node *yaml.Node, merged bool) bool {
		node = Resolve(node)
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
			if IsMergeKey(node.Content[i]) && !walk(node.Content[i+1], true) {
				return false
			}
		}
		return true
	}
	walk(node, false)
}

// Items returns the nodes of a sequence. Any other value counts as a sequence with one
// item.
func Items(node *yaml.Node) []*yaml.Node {
	node = Resolve(node)
	switch {
	case node == nil || node.Tag == "!!null":
		return nil
	case node.Kind == yaml.SequenceNode:
		return node.Content
	}
	return []*yaml.Node{node}
}

// Text returns the value of a scalar, and "" for anything else.
func Text(node *yaml.Node) string {
	node = Resolve(node)
	if node == nil || node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
		return ""
	}
	return node.Value
}

// EachScalar visits the scalars below a node in which variables are replaced, that is, all
// but keys. Nodes in seen are skipped, and visited nodes added to it.
func EachScalar(node *yaml.Node, seen map[*yaml.Node]bool, visit func(*yaml.Node)) {
	if node == nil || seen[node] {
		return
	}
	seen[node] = true
	switch node.Kind {
	case yaml.AliasNode:
		EachScalar(node.Alias, seen, visit)
	case yaml.ScalarNode:
		visit(node)
	}
	for i, child := range node.Content {
		if node.Kind != yaml.MappingNode || i%2 == 1 {
			EachScalar(child, seen, visit)
		}
	}
}

// IsScalar reports whether a node is a scalar, or an alias of one.
func IsScalar(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode ||
		node.Kind == yaml.AliasNode && node.Alias.Kind == yaml.ScalarNode
}

// IsString reports whether a scalar, or the target of an alias, is a non-empty string. The
// tag !override determines how it is merged, not its type.
func IsString(node *yaml.Node) bool {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch node.ShortTag() {
	case "!!str", "!override":
		return node.Value != ""
	}
	return false
}

// ScalarValue returns the value of a scalar, or of the target of an alias.
func ScalarValue(node *yaml.Node) string {
	if node.Kind == yaml.AliasNode {
		return node.Alias.Value
	}
	return node.Value
}
