package filegraph

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/variables"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// maxDepth limits how far references are followed from file to file.
const maxDepth = 100

// Locate finds where a value of the merged model is written: in the last file that sets it,
// otherwise in a file that it extends or includes. Steps are keys, indexes, and for mounts
// the target. The position is empty if the value is not found.
func Locate(g *Graph, steps ...string) problem.Position {
	f, node := Find(g, steps...)
	if node == nil {
		return problem.Position{}
	}
	return problem.Position{File: f.Name, Line: node.Line}
}

// Find is [Locate] for the value itself: the node where it is used, which may be an alias,
// and its file. They are nil if the value is not found.
func Find(g *Graph, steps ...string) (*File, *yaml.Node) {
	l := locating{}
	for _, main := range slices.Backward(g.Mains) {
		if f, node := l.in(main, steps, 0); node != nil {
			return f, node
		}
	}
	return nil, nil
}

// A locating has the services that one search has visited, so that documents that extend
// each other's services are not searched forever.
type locating map[visit]bool

type visit struct {
	file  *File
	steps string
}

func (l locating) in(f *File, steps []string, depth int) (*File, *yaml.Node) {
	here := visit{f, strings.Join(steps, "\x00")}
	if depth > maxDepth || l[here] {
		return nil, nil
	}
	l[here] = true
	for i := range slices.Backward(f.Documents) {
		if node := f.at(i, steps); node != nil && node.Tag != "!reset" {
			return f, node
		}
		if len(steps) < 2 || !place.IsSection(steps[0]) {
			continue
		}
		extends := yamlnode.Value(f.section(i, steps[0])[steps[1]], "extends")
		if extends == nil {
			continue
		}
		base, name := f, yamlnode.Text(extends)
		if name == "" {
			name = yamlnode.Text(yamlnode.Value(extends, "service"))
			if file := yamlnode.Text(yamlnode.Value(extends, "file")); file != "" {
				value, _, _ := variables.Expand(file, f.Env.Resolve)
				base = f.bases[localfile.Absolute(f.dir, value)]
			}
		}
		if base == nil || name == "" || base == f && name == steps[1] {
			continue
		}
		inherited := append([]string{steps[0], name}, steps[2:]...)
		if f, node := l.in(base, inherited, depth+1); node != nil {
			return f, node
		}
	}
	for _, included := range slices.Backward(f.includes) {
		if f, node := l.in(included, steps, depth+1); node != nil {
			return f, node
		}
	}
	return nil, nil
}

// at follows steps down a document. The node that it returns is where the value is used,
// which may be an alias.
func (f *File) at(document int, steps []string) *yaml.Node {
	if len(steps) > 1 {
		if entries := f.section(document, steps[0]); entries != nil {
			return at(entries[steps[1]], steps[2:])
		}
	}
	return at(f.Documents[document], steps)
}

func at(node *yaml.Node, steps []string) *yaml.Node {
	for i, step := range steps {
		n := yamlnode.Resolve(node)
		if n == nil {
			return nil
		}
		switch n.Kind {
		case yaml.MappingNode:
			node = yamlnode.Value(n, step)
		case yaml.SequenceNode:
			if node = item(n, step); node == nil {
				return nil
			}
			if yamlnode.Resolve(node).Kind == yaml.ScalarNode && i < len(steps)-1 {
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
	if index, err := strconv.Atoi(step); err == nil && index >= 0 {
		if index < len(list.Content) {
			return list.Content[index]
		}
		return nil
	}
	for _, each := range list.Content {
		n := yamlnode.Resolve(each)
		switch {
		case n.Kind == yaml.MappingNode:
			if target := yamlnode.Text(yamlnode.Value(n, "target")); target != "" && path.Clean(target) == step {
				return each
			}
		case n.Value == step || strings.HasPrefix(n.Value, step+"=") || slices.Contains(strings.Split(n.Value, ":"), step):
			return each
		}
	}
	return nil
}
