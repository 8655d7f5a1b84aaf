package pinning

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/yamledit"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// A candidate is a value in a Compose file that may name an image: a scalar with a key such
// as "image" anywhere in the file, an alias of a scalar there, or that scalar.
type candidate struct {
	// file is the index of the file.
	file int
	node *yaml.Node
	// key is the key of the value, if it is one that may name images.
	key  string
	span yamledit.Span
	// known is the value after interpolation.
	known string
	// anchor is, for an alias, its target.
	anchor *candidate
	// aliases are, for a scalar with an anchor, the candidates that are its aliases.
	aliases []*candidate
	// shared is true if the scalar has aliases that are not candidates.
	shared bool
}

// value returns the candidate's value before interpolation.
func (c *candidate) value() string { return yamlnode.ScalarValue(c.node) }

// copyCandidates returns candidates that can be changed without changing the given ones.
func copyCandidates(all []*candidate) []*candidate {
	copies := make(map[*candidate]*candidate, len(all))
	for _, c := range all {
		copied := *c
		copies[c] = &copied
	}
	result := make([]*candidate, len(all))
	for i, c := range all {
		copied := copies[c]
		copied.anchor = copies[c.anchor]
		copied.aliases = make([]*candidate, len(c.aliases))
		for k, alias := range c.aliases {
			copied.aliases[k] = copies[alias]
		}
		result[i] = copied
	}
	return result
}

// imageKeys are the keys whose values name images in some part of the model.
var imageKeys = map[string]bool{"image": true, "source": true, "model": true}

// imageKey returns the key of the value at an index of a mapping if the value may name an
// image, otherwise "".
func imageKey(mapping *yaml.Node, value int) string {
	key := yamlnode.ScalarValue(mapping.Content[value-1])
	if !imageKeys[key] {
		return ""
	}
	if key == "source" {
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			typ := mapping.Content[i+1]
			if mapping.Content[i].Value != "type" || typ.Kind != yaml.ScalarNode || typ.Value == "image" {
				continue
			}
			if !strings.Contains(typ.Value, "$") {
				return "" // it is another kind of mount
			}
			break
		}
	}
	return key
}

// findCandidates finds the candidates of one file. They do not depend on the values, so a
// pinned file has the same candidates.
func findCandidates(content []byte, documents []*yaml.Node) []*candidate {
	search := candidateSearch{
		content: content,
		lines:   yamledit.NewLines(content),
		found:   map[*yaml.Node]*candidate{},
		flow:    map[*yaml.Node]bool{},
		keys:    map[*yaml.Node]string{},
	}
	for _, document := range documents {
		search.walk(document, false)
	}
	for _, node := range search.values {
		search.add(node)
	}
	for _, node := range search.otherAliases {
		if c := search.found[node.Alias]; c != nil {
			c.shared = true
		}
	}
	return search.candidates
}

type candidateSearch struct {
	content    []byte
	lines      *yamledit.Lines
	candidates []*candidate
	found      map[*yaml.Node]*candidate
	// flow has the scalars that are in a flow collection.
	flow map[*yaml.Node]bool
	// values are the values of image keys, and keys are their keys. otherAliases are all other
	// aliases.
	values, otherAliases []*yaml.Node
	keys                 map[*yaml.Node]string
}

func (s *candidateSearch) walk(node *yaml.Node, inFlow bool) {
	switch node.Kind {
	case yaml.ScalarNode:
		s.flow[node] = inFlow
		return
	case yaml.AliasNode:
		s.flow[node] = inFlow
		if node.Alias.Kind == yaml.ScalarNode {
			s.otherAliases = append(s.otherAliases, node)
		}
		return
	}
	inFlow = inFlow || node.Style&yaml.FlowStyle != 0
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 1 && yamlnode.IsScalar(child) {
			if key := imageKey(node, i); key != "" {
				s.values = append(s.values, child)
				s.keys[child], s.flow[child] = key, inFlow
				continue
			}
		}
		s.walk(child, inFlow)
	}
}

// add makes a candidate of a value, and of its target if it is an alias.
func (s *candidateSearch) add(node *yaml.Node) *candidate {
	if c, ok := s.found[node]; ok {
		return c
	}
	s.found[node] = nil
	c := &candidate{node: node, key: s.keys[node]}
	if node.Kind == yaml.AliasNode {
		c.anchor = s.add(node.Alias)
	}
	if !yamlnode.IsString(node) || !s.locate(c) {
		if c.anchor != nil {
			c.anchor.shared = true
		}
		return nil
	}
	if c.anchor != nil {
		c.anchor.aliases = append(c.anchor.aliases, c)
	}
	s.found[node] = c
	s.candidates = append(s.candidates, c)
	return c
}

func (s *candidateSearch) locate(c *candidate) bool {
	at, ok := s.lines.Offset(c.node.Line, c.node.Column)
	if !ok {
		return false
	}
	c.span, ok = yamledit.Find(s.content, at, c.node, s.flow[c.node])
	return ok
}
