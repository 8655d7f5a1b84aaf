package yamlnode

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// The limits of a file. The loader's time and memory grow faster than the size of a file: with
// the square of the entries of a list, of the depth, and of the variables in a text. The
// largest real projects have some ten thousand values.
const (
	maxDocuments = 100
	// maxDepth is how deep values lie in each other, with aliases expanded.
	maxDepth = 100
	// maxEntries are the entries of one list or mapping.
	maxEntries = 4000
	// MaxValues are the values of a project, with aliases, includes and extends expanded. A key
	// counts for one in so many bytes: the loader takes long keys apart again and again.
	MaxValues = 50_000
	keyBytes  = 16
	// maxVariableWork is the length of a text multiplied by the variables in it, summed up.
	maxVariableWork = 8 << 20
)

// Check refuses a file that takes forever to read: one with an alias inside its own target, on
// which the loader may not return, or one that is beyond a limit once its aliases are expanded.
func Check(documents []*yaml.Node) error {
	if len(documents) > maxDocuments {
		return fmt.Errorf("the file has more than %d documents", maxDocuments)
	}
	c := checker{around: map[*yaml.Node]bool{}, known: Sizes{}}
	values, work := 0, 0
	for _, document := range documents {
		if err := c.check(document, 0); err != nil {
			return err
		}
		if values += c.known.Of(document); values > MaxValues {
			return fmt.Errorf("the file has more than %d values with its aliases expanded", MaxValues)
		}
		EachScalar(document, map[*yaml.Node]bool{}, func(node *yaml.Node) { work += variableWork(node.Value) })
	}
	if work > maxVariableWork {
		return fmt.Errorf("the file has more variables in long texts than can be replaced in time")
	}
	return nil
}

// variableWork is what it takes to replace the variables of a text.
func variableWork(text string) int {
	n := strings.Count(text, "${") - strings.Count(text, "$${")
	return max(n, 0) * len(text)
}

// A checker looks for aliases inside their targets, for depth and for length.
type checker struct {
	around map[*yaml.Node]bool
	known  Sizes
	// depths are how deep the values below a node lie.
	depths map[*yaml.Node]int
}

func (c *checker) check(node *yaml.Node, depth int) error {
	switch {
	case node.Kind == yaml.AliasNode && c.around[node.Alias]:
		return fmt.Errorf("line %d: an alias inside the node that it refers to", node.Line)
	case node.Kind == yaml.AliasNode:
		if depth+c.depths[node.Alias] > maxDepth {
			return tooDeep(node)
		}
		return nil
	case depth > maxDepth:
		return tooDeep(node)
	case entries(node) > maxEntries:
		return fmt.Errorf("line %d: a list or mapping has more than %d entries", node.Line, maxEntries)
	}
	if c.depths == nil {
		c.depths = map[*yaml.Node]int{}
	}
	c.around[node] = true
	defer delete(c.around, node)
	below := 0
	for _, child := range node.Content {
		if err := c.check(child, depth+1); err != nil {
			return err
		}
		if child.Kind == yaml.AliasNode {
			child = child.Alias
		}
		below = max(below, 1+c.depths[child])
	}
	c.depths[node] = below
	return nil
}

func tooDeep(node *yaml.Node) error {
	return fmt.Errorf("line %d: values lie more than %d deep in each other", node.Line, maxDepth)
}

func entries(node *yaml.Node) int {
	if node.Kind == yaml.MappingNode {
		return len(node.Content) / 2
	}
	return len(node.Content)
}

// Sizes are the sizes of nodes that are known.
type Sizes map[*yaml.Node]int

// Of counts the values of a node with its aliases expanded, and stops somewhat above
// [MaxValues]. No alias may be inside its own target.
func (s Sizes) Of(node *yaml.Node) int {
	if node == nil {
		return 0
	}
	if size, ok := s[node]; ok {
		return size
	}
	size := 1 + s.Of(node.Alias)
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 {
			size += keySize(child)
		}
		if size += s.Of(child); size > MaxValues {
			break
		}
	}
	s[node] = size
	return size
}

// keySize is what a key counts besides being a value.
func keySize(key *yaml.Node) int {
	if key.Kind == yaml.AliasNode {
		key = key.Alias
	}
	return len(key.Value) / keyBytes
}
