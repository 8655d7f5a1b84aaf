package compose

import (
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"
)

// extend reads the file that a service extends, and so on from there.
func (g *graph) extend(f *graphFile, service *yaml.Node, seen map[string]bool) {
	extends := valueOf(service, "extends")
	node := valueOf(extends, "file")
	if node == nil || text(node) == "" {
		return
	}
	raw, ok := g.value(f, node, "the file that a service extends")
	if !ok {
		return
	}
	path := absolute(f.dir, raw)
	base := f.bases[path]
	if base == nil {
		if base = g.open(f, node, extendedFile, "extends"); base == nil {
			return
		}
		base.dir, base.env = filepath.Dir(base.path), f.env
		if f.bases == nil {
			f.bases = map[string]*graphFile{}
		}
		f.bases[path] = base
		if !g.parse(base) {
			return
		}
	}
	name := text(valueOf(extends, "service"))
	if key := base.path + "\x00" + name; !seen[key] {
		seen[key] = true
		for next := name; next != ""; {
			container := base.container(next)
			g.extend(base, container, seen)
			extends := valueOf(container, "extends")
			next = text(extends)
			if next == "" && valueOf(extends, "file") == nil {
				next = text(valueOf(extends, "service"))
			}
			if key := base.path + "\x00" + next; next != "" && seen[key] {
				break
			} else if next != "" {
				seen[key] = true
			}
		}
	}
}

// container finds a service or job in a file; the last document wins.
func (f *graphFile) container(name string) *yaml.Node {
	for _, document := range slices.Backward(f.documents) {
		for _, section := range []string{"services", "jobs"} {
			if node := valueOf(valueOf(document, section), name); node != nil {
				return node
			}
		}
	}
	return nil
}
