package yamlnode

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// The limits of a file. The loader's time and memory grow faster than the size of a file:
// with the square of the entries of a list, of the depth, and of the variables in a string.
// The largest real projects have about ten thousand values.
const (
	maxDocuments = 100
	// maxDepth is the maximum nesting depth of values, with aliases expanded.
	maxDepth = 100
	// maxEntries is the maximum number of entries of a list or mapping.
	maxEntries = 4000
	// MaxValues is the maximum number of values of a project, with aliases, includes and
	// extends expanded.
	MaxValues = 50_000
	// keyBytes is the length of a key that counts as one more value, because the loader splits
	// long keys repeatedly.
	keyBytes = 16
	// dollarWork is the work of a $ that does not begin ${…}, in the unit of maxVariableWork.
	dollarWork = 64
	// maxVariableWork limits the sum of the lengths of strings, each multiplied by its number
	// of variables.
	maxVariableWork = 8 << 20
)

// Check rejects a file that would take forever to load: with an alias inside its own
// target, or beyond a limit once its aliases are expanded.
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
		return fmt.Errorf("the file has too many variables in long strings")
	}
	return nil
}

// variableWork returns the work of replacing the variables of a string. The loader searches the rest
// of the string for the end of each ${…}; it also replaces each $NAME and $$.
func variableWork(text string) int {
	braces, others := 0, 0
	for i := strings.IndexByte(text, '$'); i >= 0 && i < len(text); i++ {
		switch {
		case text[i] != '$':
		case strings.HasPrefix(text[i+1:], "{"):
			braces++
		case strings.HasPrefix(text[i+1:], "$"):
			others++
			i++
		default:
			others++
		}
	}
	return braces*len(text) + others*dollarWork
}

// A checker checks for aliases inside their targets, for depth and for length.
type checker struct {
	around map[*yaml.Node]bool
	known  Sizes
	// depths are the depths of the values below a node.
	depths map[*yaml.Node]int
}

func (c *checker) check(node *yaml.Node, depth int) error {
	switch {
	case node.Kind == yaml.AliasNode && c.around[node.Alias]:
		return fmt.Errorf("line %d: an alias is inside the node that it refers to", node.Line)
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
	return fmt.Errorf("line %d: values are nested more than %d deep", node.Line, maxDepth)
}

func entries(node *yaml.Node) int {
	if node.Kind == yaml.MappingNode {
		return len(node.Content) / 2
	}
	return len(node.Content)
}

// Sizes are the known sizes of nodes.
type Sizes map[*yaml.Node]int

// Of counts the values of a node with its aliases expanded, and stops somewhat above
// [MaxValues]. Aliases must not be inside their own targets.
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
