package filegraph

import (
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// extend reads the file that a service extends, and so on from there. seen are the
// services that were followed already.
func (r *reader) extend(f *File, service *yaml.Node, seen map[string]bool) {
	extends := yamlnode.Value(service, "extends")
	node := yamlnode.Value(extends, "file")
	if node == nil || yamlnode.Text(node) == "" {
		return
	}
	raw, ok := r.value(f, node, "the file that a service extends")
	if !ok {
		return
	}
	path := localfile.Absolute(f.dir, raw)
	base := f.bases[path]
	if base == nil {
		if base = r.open(f, node, Extended, "extends"); base == nil {
			return
		}
		base.dir, base.Env = filepath.Dir(base.Path), f.Env
		if f.bases == nil {
			f.bases = map[string]*File{}
		}
		f.bases[path] = base
		if !r.parse(base) {
			return
		}
	}
	name := yamlnode.Text(yamlnode.Value(extends, "service"))
	for next := name; next != "" && !seen[base.Path+"\x00"+next]; {
		seen[base.Path+"\x00"+next] = true
		container := base.container(next)
		r.extend(base, container, seen)
		extends := yamlnode.Value(container, "extends")
		next = yamlnode.Text(extends)
		if next == "" && yamlnode.Value(extends, "file") == nil {
			next = yamlnode.Text(yamlnode.Value(extends, "service"))
		}
	}
}

// container finds a service or job in a file. The last document wins.
func (f *File) container(name string) *yaml.Node {
	for i := range slices.Backward(f.Documents) {
		for _, section := range place.Sections() {
			if node := f.section(i, section)[name]; node != nil {
				return node
			}
		}
	}
	return nil
}

// section returns the entries of a section of a document; nil if it is not a mapping.
func (f *File) section(document int, name string) map[string]*yaml.Node {
	if f.sections == nil {
		f.sections = make([]map[string]map[string]*yaml.Node, len(f.Documents))
	}
	known := f.sections[document]
	if known == nil {
		known = map[string]map[string]*yaml.Node{}
		f.sections[document] = known
	}
	entries, ok := known[name]
	if !ok {
		section := yamlnode.Value(f.Documents[document], name)
		if node := yamlnode.Resolve(section); node != nil && node.Kind == yaml.MappingNode {
			entries = map[string]*yaml.Node{}
			for name, node := range yamlnode.Entries(section) {
				entries[name] = node
			}
		}
		known[name] = entries
	}
	return entries
}
