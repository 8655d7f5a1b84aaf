package pinning

import (
	"maps"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/override"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/variables"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// An Override is a reference that a pins file sets for a service, a job or a model.
type Override struct {
	At  model.Path
	Ref string
}

// Overrides reads a pins file that only sets complete references. It returns false if the
// file has anything else, such as a list of hooks.
func Overrides(documents []*yaml.Node) ([]Override, bool) {
	if len(documents) != 1 {
		return nil, false
	}
	sections, ok := mapping(yamlnode.Resolve(documents[0]))
	if !ok {
		return nil, false
	}
	var all []Override
	for section, entries := range sections {
		key := "image"
		if section == "models" {
			key = "model"
		} else if !place.IsSection(section) {
			return nil, false
		}
		services, ok := mapping(entries)
		if !ok {
			return nil, false
		}
		for name, fields := range services {
			values, ok := mapping(fields)
			ref := values[key]
			if !ok || len(values) != 1 || !isPlainRef(ref) {
				return nil, false
			}
			all = append(all, Override{At: model.Path{section, name, key}, Ref: ref.Value})
		}
	}
	return all, len(all) > 0
}

// isPlainRef reports whether a node is a literal reference.
func isPlainRef(node *yaml.Node) bool {
	return node != nil && node.Kind == yaml.ScalarNode && node.Tag == "!!str" && node.Anchor == "" &&
		node.Value != "" && !strings.Contains(node.Value, "$")
}

// mapping returns the entries of a mapping. It returns false for any other node, and for a
// mapping that is empty or has a tag, an anchor, or keys that are repeated or not plain
// strings.
func mapping(node *yaml.Node) (map[string]*yaml.Node, bool) {
	if node == nil || node.Kind != yaml.MappingNode || node.Tag != "!!map" || node.Anchor != "" || len(node.Content) == 0 {
		return nil, false
	}
	entries := map[string]*yaml.Node{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if _, twice := entries[key.Value]; twice || key.Kind != yaml.ScalarNode || key.Tag != "!!str" || key.Anchor != "" {
			return nil, false
		}
		entries[key.Value] = node.Content[i+1]
	}
	return entries, true
}

// OverrideModel returns a model with overrides; it shares all other values with the given
// model. It returns false if an override has no service, job or model in the model: it
// would add one.
func OverrideModel(tree map[string]any, overrides []Override) (map[string]any, bool) {
	result := maps.Clone(tree)
	copied := map[string]bool{}
	for _, o := range overrides {
		section, name := o.At[0].(string), o.At[1].(string)
		entries, ok := result[section].(map[string]any)
		fields, isMapping := entries[name].(map[string]any)
		if !ok || !isMapping {
			return nil, false
		}
		if !copied[section] {
			entries = maps.Clone(entries)
			result[section], copied[section] = entries, true
		}
		fields = maps.Clone(fields)
		fields[o.At[2].(string)] = o.Ref
		entries[name] = fields
	}
	return result, true
}

// OnlyPins reports whether two models differ only in images and pull policies. Services
// that have nothing else count as a difference. relative is that of a [Project].
func OnlyPins(before, after map[string]any, marks variables.Marks, relative func(string) string) bool {
	places := map[string]bool{}
	for image := range place.Images(after, marks) {
		places[image.At.Key()] = model.Get(before, image.At[:2]) != nil
	}
	_, differs := model.Difference(before, after, func(at model.Path, before, after any) bool {
		return places[at.Key()] || isPolicyChange(at, before, after) || override.IsRelative(relative, before, after)
	})
	return !differs
}
