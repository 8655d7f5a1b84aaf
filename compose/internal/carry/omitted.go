package carry

import (
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/mounts"
	"github.com/ocompose/ocompose/compose/internal/override"
)

// OmittedKey is the key of a Compose file with the files in mounted folders that are packaged
// without them: a list of mappings with a path, relative to the project folder, and the services
// that mount its folder. Docker Compose ignores it.
const OmittedKey = "x-ocompose-not-packaged"

// maxOmitted limits the paths in that list for one mount. Folders then take the place of their
// files.
const maxOmitted = 200

// omit records the files of a mounted folder that are not packaged with it. Those without which
// the application does not work become mounts of their own: the host must provide them. all are
// the files that the container sees, and files those that are packaged.
func (c *carrier) omit(m mounts.Mount, all []found, files []File, groups *stays) {
	for _, excluded := range c.Excluded {
		if excluded != m.Path && localfile.Inside(m.Path, excluded) && exists(excluded) {
			c.requireMount(m, excluded)
		}
	}
	packaged := map[string]bool{}
	for _, f := range files {
		packaged[f.Path] = true
	}
	var rest []string
	for _, f := range all {
		switch {
		case packaged[f.path], c.isExcluded(f.path):
		case groups.has(staySecret, c.name(f.path)), groups.has(stayUnreadable, c.name(f.path)):
			c.requireMount(m, f.path)
		default:
			rest = append(rest, f.path)
		}
	}
	if len(files) == 0 {
		return // the folder itself is left to the host
	}
	for _, path := range shortened(m.Path, rest, packaged) {
		name := c.name(path)
		if c.omitted[name] == nil {
			c.omitted[name] = map[string]bool{}
		}
		c.omitted[name][m.Container.Name] = true
	}
}

// shortened replaces files with their folders where no file of a folder is packaged, and, if the
// list is still too long, also where some are.
func shortened(root string, paths []string, packaged map[string]bool) []string {
	partly := map[string]bool{root: true}
	for file := range packaged {
		for dir := filepath.Dir(file); localfile.Inside(root, dir) && !partly[dir]; dir = filepath.Dir(dir) {
			partly[dir] = true
		}
	}
	short := map[string]bool{}
	for _, path := range paths {
		for !partly[filepath.Dir(path)] {
			path = filepath.Dir(path)
		}
		short[path] = true
	}
	for len(short) > maxOmitted {
		less := map[string]bool{}
		for path := range short {
			if path != root {
				path = filepath.Dir(path)
			}
			less[path] = true
		}
		short = less
	}
	return slices.Sorted(maps.Keys(short))
}

// tellOmitted writes the list of omitted files into the project.
func (c *carrier) tellOmitted() {
	if len(c.omitted) == 0 || c.AsIs || c.ShortVolumes {
		return
	}
	var list []any
	for _, name := range slices.Sorted(maps.Keys(c.omitted)) {
		var services []any
		for _, service := range slices.Sorted(maps.Keys(c.omitted[name])) {
			services = append(services, service)
		}
		list = append(list, map[string]any{"path": name, "services": services})
	}
	c.lasting = append(c.lasting, override.Change{At: model.Path{OmittedKey}, Value: list})
}

// requireMount adds a mount of a file or folder inside a mounted folder, which fails if the host
// does not have it.
func (c *carrier) requireMount(m mounts.Mount, file string) {
	rel, err := filepath.Rel(m.Path, file)
	if err != nil || m.Bound != "" || c.AsIs || c.Archived || c.ShortVolumes {
		return
	}
	if _, ok := model.Text(m.Fields, model.Path{"bind", "selinux"}); ok {
		c.requireBeside(m, file)
		return
	}
	rel = filepath.ToSlash(rel)
	if targets(m.Container)[path.Join(m.Target, rel)] {
		return // another mount has this target
	}
	mount := func(source, target string) map[string]any {
		fields := map[string]any{"type": "bind", "source": "./" + source, "target": target, "bind": map[string]any{"create_host_path": false}}
		if m.ReadOnly {
			fields["read_only"] = true
		}
		return fields
	}
	name := c.name(file)
	c.lasting = append(c.lasting, override.Change{At: m.Container.At().Join("volumes"), How: override.Add, Value: mount(name, path.Join(m.Target, rel)),
		Written: mount(strings.ReplaceAll(name, "$", "$$"), joined(m.WrittenTarget, rel))})
}
