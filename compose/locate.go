package compose

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// locate finds where a value of the merged model is written: in the last of the files
// that gives it, or else in what that file extends or includes. Steps are keys,
// indexes, and for mounts the target.
func (g *graph) locate(steps ...string) Position {
	for _, main := range slices.Backward(g.mains) {
		if at := g.locateIn(main, steps, 0); at.Line > 0 {
			return at
		}
	}
	return Position{}
}

func (g *graph) locateIn(f *graphFile, steps []string, depth int) Position {
	if depth > maxDepth {
		return Position{}
	}
	for _, document := range slices.Backward(f.documents) {
		if node := at(document, steps); node != nil && node.Tag != "!reset" {
			return Position{File: f.name, Line: node.Line}
		}
		if len(steps) < 2 || steps[0] != "services" && steps[0] != "jobs" {
			continue
		}
		extends := valueOf(valueOf(valueOf(document, steps[0]), steps[1]), "extends")
		if extends == nil {
			continue
		}
		base, name := f, text(extends)
		if name == "" {
			name = text(valueOf(extends, "service"))
			if file := text(valueOf(extends, "file")); file != "" {
				value, _ := substitute(file, f.env.Resolve)
				base = f.bases[absolute(f.dir, value)]
			}
		}
		if base == nil || name == "" || base == f && name == steps[1] {
			continue
		}
		inherited := append([]string{steps[0], name}, steps[2:]...)
		if at := g.locateIn(base, inherited, depth+1); at.Line > 0 {
			return at
		}
	}
	for _, included := range slices.Backward(f.includes) {
		if at := g.locateIn(included, steps, depth+1); at.Line > 0 {
			return at
		}
	}
	return Position{}
}

// at follows steps down from a node. The node that it returns is where the value is
// used, which may be an alias.
func at(node *yaml.Node, steps []string) *yaml.Node {
	for i, step := range steps {
		n := resolved(node)
		if n == nil {
			return nil
		}
		switch n.Kind {
		case yaml.MappingNode:
			node = valueOf(n, step)
		case yaml.SequenceNode:
			if node = item(n, step); node == nil {
				return nil
			}
			if resolved(node).Kind == yaml.ScalarNode && i < len(steps)-1 {
				return node // a short form: "source:target"
			}
		default:
			return nil
		}
		if node == nil {
			return nil
		}
	}
	return node
}

// item finds an item of a list by its index, its target or its key.
func item(list *yaml.Node, step string) *yaml.Node {
	if index, err := strconv.Atoi(step); err == nil {
		if index < len(list.Content) {
			return list.Content[index]
		}
		return nil
	}
	for _, each := range list.Content {
		n := resolved(each)
		switch {
		case n.Kind == yaml.MappingNode:
			if target := text(valueOf(n, "target")); target != "" && path.Clean(target) == step {
				return each
			}
		case n.Value == step || strings.HasPrefix(n.Value, step+"=") || slices.Contains(strings.Split(n.Value, ":"), step):
			return each
		}
	}
	return nil
}
