package compose

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// A candidate is a value in a compose file that may name an image: a scalar under a
// key such as "image" wherever it stands, an alias of a scalar there, or that scalar.
type candidate struct {
	file   int
	node   *yaml.Node
	source scalarSource
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
func (c *candidate) value() string { return scalarValue(c.node) }

// scalarValue is the value of a scalar, or of the scalar that an alias stands for.
func scalarValue(node *yaml.Node) string {
	if node.Kind == yaml.AliasNode {
		return node.Alias.Value
	}
	return node.Value
}

// imageKeys are the keys whose values name images in some part of the model.
var imageKeys = map[string]bool{"image": true, "source": true, "model": true}

// namesImage tells whether the value at an index of a mapping may name an image.
func namesImage(mapping *yaml.Node, value int) bool {
	key := scalarValue(mapping.Content[value-1])
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

// parseDocuments parses all documents of a file.
func parseDocuments(content []byte) ([]*yaml.Node, error) {
	if !utf8.Valid(content) {
		return nil, errors.New("not UTF-8")
	}
	var documents []*yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	for {
		document := new(yaml.Node)
		err := decoder.Decode(document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
}

// findCandidates finds the candidates of one file, whatever their values are, so that
// the same file has the same ones once it is pinned. There are none in a file that
// yaml.v3 can't read.
func findCandidates(file int, content []byte, interpolate func(string) string) []*candidate {
	documents, err := parseDocuments(content)
	if err != nil {
		return nil
	}
	search := candidateSearch{
		file: file, content: content, interpolate: interpolate,
		lines: newLineIndex(content),
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
	lines       *lineIndex
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
		if isValue && namesImage(node, i) && isScalar(child) {
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
	if !isString(node) || !s.locate(c) {
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
	at, ok := s.lines.offset(c.node.Line, c.node.Column)
	if !ok {
		return false
	}
	c.source, ok = findScalar(s.content, at, c.node, s.flow[c.node])
	return ok
}

func isScalar(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode ||
		node.Kind == yaml.AliasNode && node.Alias.Kind == yaml.ScalarNode
}

// isString tells whether a scalar is read as a string, whatever its own tag says
// about merging.
func isString(node *yaml.Node) bool {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch node.ShortTag() {
	case "!!str", "!override":
		return node.Value != ""
	}
	return false
}
