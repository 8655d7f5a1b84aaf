// Package override writes Compose files that override others, and copies values that they
// must repeat from the earlier files.
package override

import (
	"bytes"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Replaced is a list that replaces the earlier list, to which merging would append.
type Replaced []any

// Encode writes an override as YAML, mappings sorted by key.
func Encode(root map[string]any) ([]byte, error) {
	node, err := nodeOf(root)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(node); err != nil {
		return nil, err
	}
	if err := encoder.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// nodeOf returns the YAML of a value.
func nodeOf(value any) (*yaml.Node, error) {
	node := &yaml.Node{}
	switch value := value.(type) {
	case map[string]any:
		node.Kind = yaml.MappingNode
		for _, key := range slices.Sorted(maps.Keys(value)) {
			name := new(yaml.Node)
			if err := name.Encode(key); err != nil {
				return nil, err
			}
			item, err := nodeOf(value[key])
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, name, item)
		}
		return node, nil
	case []any:
		node.Kind = yaml.SequenceNode
		for _, item := range value {
			child, err := nodeOf(item)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, child)
		}
		return node, nil
	case Replaced:
		node, err := nodeOf([]any(value))
		if err != nil {
			return nil, err
		}
		node.Tag = "!override"
		return node, nil
	case float64:
		node.Kind, node.Tag, node.Value = yaml.ScalarNode, "!!float", floatText(value)
		return node, nil
	}
	err := node.Encode(value)
	if text, ok := value.(string); ok && strings.HasSuffix(text, "\n\n") {
		// A block scalar at the end of a file would get another line break when Docker Compose
		// joins files.
		node.Style = yaml.DoubleQuotedStyle
	}
	return node, err
}

// floatText formats a number so that it is read back as a float.
func floatText(value float64) string {
	switch {
	case math.IsNaN(value):
		return ".nan"
	case math.IsInf(value, 1):
		return ".inf"
	case math.IsInf(value, -1):
		return "-.inf"
	}
	text := strconv.FormatFloat(value, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}
