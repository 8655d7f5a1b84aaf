package pinning

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/yamledit"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// A candidate is a value in a compose file that may name an image: a scalar under a
// key such as "image" wherever it stands, an alias of a scalar there, or that scalar.
type candidate struct {
	file int
	node *yaml.Node
	span yamledit.Span
	// known is the value after interpolation.
	known string
	// anchor is, for an alias, the scalar that it stands for.
	anchor *candidate
	// aliases are, for a scalar with an anchor, the candidates that are its aliases.
	aliases []*candidate
	// shared tells that the scalar has aliases that are no candidates.
	shared bool
}

// value is what the candidate says, before interpolation.
func (c *candidate) value() string { return yamlnode.ScalarValue(c.node) }

// imageKeys are the keys whose values name images in some part of the model.
var imageKeys = map[string]bool{"image": true, "source": true, "model": true}

// namesImage tells whether the value at an index of a mapping may name an image.
func namesImage(mapping *yaml.Node, value int) bool {
	key := yamlnode.ScalarValue(mapping.Content[value-1])
	if key == "source" {
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if typ := mapping.Content[i+1]; mapping.Content[i].Value == "type" && typ.Kind == yaml.ScalarNode && typ.Value != "image" {
				// Unless a variable says so, what is mounted is no image.
				return strings.Contains(typ.Value, "$")
			}
		}
	}
	return imageKeys[key]
}

// findCandidates finds the candidates of one file, whatever their values are, so that
// the same file has the same ones once it is pinned. There are none in a file that
// yaml.v3 can't read.
func findCandidates(file int, content []byte, interpolate func(string) string) []*candidate {
	documents, err := yamlnode.Parse(content)
	if err != nil || !utf8.Valid(content) {
		return nil
	}
	search := candidateSearch{
		file: file, content: content, interpolate: interpolate,
		lines: yamledit.NewLines(content),
		found: map[*yaml.Node]*candidate{},
		flow:  map[*yaml.Node]bool{},
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
	file        int
	content     []byte
	interpolate func(string) string
	lines       *yamledit.Lines
	candidates  []*candidate
	found       map[*yaml.Node]*candidate
	// flow tells which scalars stand inside a flow collection.
	flow map[*yaml.Node]bool
	// values stand under image keys; otherAliases are aliases anywhere else.
	values, otherAliases []*yaml.Node
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
		isValue := node.Kind == yaml.MappingNode && i%2 == 1
		if isValue && namesImage(node, i) && yamlnode.IsScalar(child) {
			s.values = append(s.values, child)
			s.flow[child] = inFlow
			continue
		}
		s.walk(child, inFlow)
	}
}

// add makes a candidate of a value, and of the scalar behind it if it is an alias.
func (s *candidateSearch) add(node *yaml.Node) *candidate {
	if c, ok := s.found[node]; ok {
		return c
	}
	s.found[node] = nil
	c := &candidate{file: s.file, node: node}
	if node.Kind == yaml.AliasNode {
		c.anchor = s.add(node.Alias)
	}
	c.known = s.interpolate(c.value())
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
