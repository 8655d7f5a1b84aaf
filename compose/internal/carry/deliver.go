package carry

import (
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/mounts"
	"github.com/ocompose/ocompose/compose/internal/override"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// deliver makes carried files available to a container when Docker Compose reads the
// project from a registry. Docker Compose restores files in one folder, with mode 0644, so
//
//   - a file is mounted from there, under its restored name;
//   - an executable file becomes a config with its content, which Docker Compose copies
//     into the container with a mode, except for containers with a read-only file system
//     and for content that is not text;
//   - a folder becomes an empty folder with the files in it, which hides the folder of the
//     image as the mount does: a tmpfs if it is read-only, otherwise the folder on the
//     host. A tmpfs does not exist yet when Docker Compose copies configs, so a volume
//     is used for those.
func (c *carrier) deliver(m mounts.Mount, isFolder bool, files []File) {
	name := c.name(m.Path)
	if !isFolder {
		name = files[0].Name
	}
	if c.needsVariable(m) || name != c.name(m.Path) {
		c.lasting = append(c.lasting, override.Change{At: m.At().Join("source"), Value: "./" + name})
	}
	switch {
	case c.AsIs:
		for _, f := range files {
			if strings.Contains(f.Name, "/") {
				c.unseen = append(c.unseen, f.Name)
			} else {
				c.restore(f)
			}
		}
	case isFolder:
		c.deliverFolder(m, files)
	default:
		c.deliverFile(m, files[0])
	}
}

// deliverFile delivers a file that is mounted directly.
func (c *carrier) deliverFile(m mounts.Mount, f File) {
	if c.copies(m, f) {
		c.change(override.Change{At: m.At(), How: override.Drop})
		c.addConfig(m, f, "")
		return
	}
	c.warnExecutable(f)
	restored := c.restore(f)
	switch {
	case m.Bound != "":
		c.change(override.Change{At: m.At(), Value: bind(m, restored, m.Target), Written: bind(m, variables.Escape(restored), m.WrittenTarget)})
	case restored != f.Name || !c.isPlain(m, f.Name):
		c.change(override.Change{At: m.At().Join("source"), Value: "./" + restored})
	}
}

// deliverFolder delivers the files of a folder.
func (c *carrier) deliverFolder(m mounts.Mount, files []File) {
	copied := slices.ContainsFunc(files, func(f File) bool { return c.copies(m, f) })
	folder := func(target string) map[string]any { return map[string]any{"type": "tmpfs", "target": target} }
	name := c.name(m.Path)
	switch {
	case m.ReadOnly && copied:
		folder = func(target string) map[string]any {
			return map[string]any{"type": "volume", "target": target, "volume": map[string]any{"nocopy": true}}
		}
		fallthrough
	case m.ReadOnly:
		c.change(override.Change{At: m.At(), Value: folder(m.Target), Written: folder(m.WrittenTarget)})
	case m.Bound != "":
		c.change(override.Change{At: m.At(), Value: bind(m, name, m.Target), Written: bind(m, variables.Escape(name), m.WrittenTarget)})
	case !c.isPlain(m, name):
		c.change(override.Change{At: m.At().Join("source"), Value: "./" + name})
	}
	taken := targets(m.Container)
	for _, f := range files {
		rel, err := filepath.Rel(m.Path, f.Path)
		if rel = filepath.ToSlash(rel); err != nil || taken[path.Join(m.Target, rel)] {
			continue // another mount has this target
		}
		if c.copies(m, f) {
			c.addConfig(m, f, rel)
			continue
		}
		c.warnExecutable(f)
		restored := c.restore(f)
		c.change(override.Change{At: m.Container.At().Join("volumes"), How: override.Add,
			Value: bind(m, restored, path.Join(m.Target, rel)), Written: bind(m, variables.Escape(restored), joined(m.WrittenTarget, rel))})
	}
}

// joined returns the path of a file in a folder, as written in an override.
func joined(writtenTarget, rel string) string {
	if rel == "" {
		return writtenTarget
	}
	return strings.TrimSuffix(writtenTarget, "/") + "/" + variables.Escape(rel)
}

// bind returns a mount of a restored file, to replace another mount.
func bind(m mounts.Mount, restored, target string) map[string]any {
	fields := map[string]any{"type": "bind", "source": "./" + restored, "target": target}
	if m.ReadOnly {
		fields["read_only"] = true
	}
	if label, ok := model.Text(m.Fields, model.Path{"bind", "selinux"}); ok {
		// Docker applies labels only to mounts that create missing host paths, as Docker Compose
		// does by default.
		fields["bind"] = map[string]any{"selinux": label, "create_host_path": true}
	}
	return fields
}

// targets returns the mount targets of a container.
func targets(c place.Container) map[string]bool {
	all := map[string]bool{}
	for _, mount := range c.Mounts() {
		if target, ok := mount["target"].(string); ok {
			all[path.Clean(target)] = true
		}
	}
	return all
}

// copies reports whether Docker Compose copies a file into the container, which keeps its
// executable bit.
func (c *carrier) copies(m mounts.Mount, f File) bool {
	readOnly, known := m.Container.Fields["read_only"]
	return f.Executable && len(f.Content) > 0 && isText(f.Content) && !c.HasMarks(string(f.Content)) && !m.Container.IsHook() && m.Container.Section == "services" &&
		(!known || readOnly == false)
}

// warnExecutable warns about a file that loses its executable bit in a container that
// Docker Compose starts from a registry.
func (c *carrier) warnExecutable(f File) {
	if f.Executable {
		c.warn("%s loses its executable bit when Docker Compose reads the composition from the registry", f.Name)
	}
}

// addConfig adds a config, so that Docker Compose copies a file into the container.
func (c *carrier) addConfig(m mounts.Mount, f File, rel string) {
	name, known := c.configs[f.Name]
	if !known {
		name = c.configName(f.Name)
		c.configs[f.Name] = name
		c.change(override.Change{At: model.Path{"configs", name}, Value: map[string]any{"content": string(f.Content)}})
	}
	mode := "0755"
	if m.ReadOnly {
		mode = "0555"
	}
	config := func(target string) map[string]any {
		return map[string]any{"source": name, "target": target, "mode": mode}
	}
	c.change(override.Change{At: m.Container.At().Join("configs"), How: override.Add,
		Value: config(path.Join(m.Target, rel)), Written: config(joined(m.WrittenTarget, rel))})
	if !strings.Contains(f.Name, "/") {
		c.restore(f)
	}
}

// configName returns the name of a new config for a file.
func (c *carrier) configName(file string) string {
	base := strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '.' || r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') {
			return r
		}
		return '-'
	}, "file-"+file)
	name := base
	for n := 2; c.ConfigNames[name]; n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	c.ConfigNames[name] = true
	return name
}

// restore makes Docker Compose restore a carried file, and returns its restored name.
func (c *carrier) restore(f File) string {
	f = c.carried[f.Source]
	if !f.Extra {
		if f.RestoredAs != "" {
			return f.RestoredAs
		}
		return f.Name
	}
	f.Extra = false
	restored := f.Name
	if strings.Contains(f.Name, "/") || c.taken[f.Name] {
		restored = c.flatName(f.Name)
		f.RestoredAs = restored
	}
	c.taken[restored] = true
	c.carried[f.Source] = f
	return restored
}

// isPlain reports whether a mount finds a file or folder of that name wherever the project
// is, without variables.
func (c *carrier) isPlain(m mounts.Mount, name string) bool {
	if m.Bound != "" || m.Written == "" {
		return false
	}
	value, err := c.Marks.Substitute(m.Written, func(string) (string, bool) { return "", false })
	return err == nil && !c.Marks.In(value) && !filepath.IsAbs(value) && !strings.HasPrefix(value, "~") && path.Clean(filepath.ToSlash(value)) == name
}

// needsVariable reports whether the source of a mount has a variable without a default,
// which may differ at deployment, such as that of the current folder.
func (c *carrier) needsVariable(m mounts.Mount) bool {
	if m.Bound != "" {
		return false
	}
	value, err := c.Marks.Substitute(m.Written, func(string) (string, bool) { return "", false })
	return err == nil && c.Marks.In(value)
}

func (c *carrier) change(change override.Change) { c.forRegistry = append(c.forRegistry, change) }
