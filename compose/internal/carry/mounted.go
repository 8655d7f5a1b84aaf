package carry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/mounts"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/source"
)

// mounts carries the selected mounted files and folders in the project folder, and reports
// the others. Host paths are never carried: absolute paths, paths outside the project
// folder, sockets and devices, secret files.
func (c *carrier) mounts(all []mounts.Mount) {
	c.left = c.MaxFilesSize
	var groups stays
	for _, m := range all {
		if isFile(m.Path) {
			c.alone[m.Path] = true
		} else {
			c.known[m.Path] = c.known[m.Path] || !isState(m)
		}
	}
	for path, known := range c.known {
		if !known {
			c.states = append(c.states, path)
		}
	}
	for _, m := range all {
		if m.OfHost || c.Marks.In(m.Path) {
			continue
		}
		if c.isExcluded(m.Path) {
			c.refused[m.Path] = true
		}
		if !localfile.Inside(c.Dir, m.Path) || c.isSecret(m.Path) || !c.mount(m, &groups) {
			c.require(m)
		}
	}
	groups.omit(func(name string) bool { return c.carried[name].Path != "" })
	c.warnings = append(c.warnings, groups.warnings(c.Mounted)...)
	c.warnUnseen()
	c.tellOmitted()
}

// isFile reports whether a path is a regular file.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// mount carries the files of one mount, and reports whether there are any.
func (c *carrier) mount(m mounts.Mount, groups *stays) bool {
	name := c.name(m.Path)
	info, err := os.Stat(m.Path)
	switch {
	case c.isExcluded(m.Path):
		return false
	case errors.Is(err, fs.ErrNotExist) && exists(m.Path):
		c.warn("%s is a broken symlink, and is not packaged", name)
		c.refused[m.Path] = true
		return false
	case m.Path == c.Mains[0] && name == source.MainName:
		return true // restored as the main file
	case err != nil || !info.IsDir() && !info.Mode().IsRegular():
		return false // Docker creates a folder for a missing path; sockets and devices belong to the host
	case c.Mounted == MountedNone:
		_, carried := c.carried[name]
		if !carried {
			groups.add(stayUnasked, name)
		}
		return carried
	case c.Archived:
		_, carried := c.carried[name]
		if !carried {
			groups.add(stayArchived, name)
		}
		return carried
	case c.refused[m.Path]:
		return false // reported for another container
	}
	if err := localfile.StaysWithin(c.Dir, m.Path); err != nil {
		c.refuse(m, name, err)
		return false
	}
	all := []found{{path: m.Path, size: info.Size(), mode: info.Mode()}}
	if info.IsDir() {
		if c.Mounted == MountedClear && !c.known[m.Path] && c.hasState(m) {
			groups.add(stayWritable, name)
			return false
		}
		if all, err = c.walk(m.Path); err != nil {
			c.failMount(m, name, err)
			return false
		}
		all = visible(m, all)
	}
	selected := c.selected(m, info, all, groups)
	if len(selected) > 0 && !c.fits(m, name, selected) {
		return false
	}
	var files []File
	for _, f := range selected {
		if file, ok := c.takeMounted(m, f, groups); ok {
			files = append(files, file)
		}
	}
	if len(files) > 0 {
		c.deliver(m, info.IsDir(), files)
	}
	if info.IsDir() {
		c.omit(m, all, files, groups)
	}
	return len(files) > 0
}

// refuse reports a mount that can't be packaged: an error if it was requested, otherwise a
// warning.
func (c *carrier) refuse(m mounts.Mount, name string, err error) {
	if c.Mounted == MountedAll {
		c.failMount(m, name, err)
		return
	}
	c.warn("the bind mount %s is not packaged: %v", name, localfile.Cause(err))
	c.refused[m.Path] = true
}

// misnamed reports a mounted file that can't be packaged under its name.
func (c *carrier) misnamed(m mounts.Mount, name string, err error) {
	if c.Mounted == MountedAll {
		c.failMount(m, name, fmt.Errorf("%s: %w", name, err))
		return
	}
	c.warn("the mounted file %s is not packaged: %v", name, err)
}

// unreadable reports a mounted file or folder that this user may not read.
func (c *carrier) unreadable(m mounts.Mount, path string, err error, groups *stays) {
	name := c.name(path)
	if c.Mounted == MountedAll {
		c.failMount(m, name, fmt.Errorf("%s: %w. --exclude %[1]s leaves it to the deployment host", name, localfile.Cause(err)))
		return
	}
	groups.add(stayUnreadable, name)
}

// failMount reports a mount that can't be packaged as an error, once for all containers. name is the
// path that the user can exclude.
func (c *carrier) failMount(m mounts.Mount, name string, err error) {
	again := slices.ContainsFunc(problem.All(errors.Join(c.errs...)), func(e *problem.Error) bool { return e.Kind == problem.Mount && e.Subject == name })
	if c.refused[m.Path] = true; again {
		return
	}
	c.errs = append(c.errs, &problem.Error{Kind: problem.Mount, Subject: name, Service: m.Container.Name, Position: m.Position,
		Reason: fmt.Sprintf("the bind mount %s can't be packaged", c.name(m.Path)), Err: localfile.Cause(err)})
}

// mountedMain returns the path of the main Compose file if a container mounts it individually,
// or "". Docker Compose restores it under another name, so it needs a copy for the mount.
func (c *carrier) mountedMain(m mounts.Mount) string {
	if m.Path != c.Mains[0] || c.name(m.Path) == source.MainName || c.ShortVolumes {
		return ""
	}
	return m.Path
}

// takeMounted reads a mounted file, and carries it unless it is already carried.
func (c *carrier) takeMounted(m mounts.Mount, f found, groups *stays) (File, bool) {
	name := c.name(f.path)
	if file, ok := c.carried[name]; ok {
		return file, true
	}
	if c.isProjectFile(f.path) && f.path != c.mountedMain(m) {
		groups.add(stayProject, name)
		return File{}, false
	}
	content, err := os.ReadFile(f.path)
	if err != nil {
		c.unreadable(m, f.path, err, groups)
		return File{}, false
	}
	if c.Mounted == MountedClear {
		if reason := c.unclear(m, f.path, content); reason != "" {
			groups.add(reason, name)
			return File{}, false
		}
	}
	if err := c.names.Add(name); err != nil {
		c.misnamed(m, name, err)
		return File{}, false
	}
	c.left -= int64(len(content))
	renamed := name
	if c.replaces(name, content) {
		renamed = c.renameEnv(name, content)
	}
	file := File{Name: renamed, Path: f.path, Source: name, Content: content, Extra: true, Executable: isExecutable(f.mode)}
	c.carried[name] = file
	return file, true
}
