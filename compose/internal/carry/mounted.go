package carry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
		if !localfile.Inside(c.Dir, m.Path) || c.isSecret(m.Path) || !c.mount(m, &groups) {
			c.require(m)
		}
	}
	groups.omit(func(name string) bool { return c.carried[name].Path != "" })
	c.warnings = append(c.warnings, groups.warnings(c.Mounted)...)
	c.warnUnseen()
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
	case errors.Is(err, fs.ErrNotExist) && exists(m.Path):
		c.warn("%s is a broken symlink, and is not packaged", name)
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
	}
	if err := localfile.StaysWithin(c.Dir, m.Path); err != nil {
		c.refuse(m, name, err)
		return false
	}
	found := []found{{path: m.Path, size: info.Size(), mode: info.Mode()}}
	if info.IsDir() {
		if found, err = c.walk(m.Path); err != nil {
			c.refuse(m, name, err)
			return false
		}
		found = visible(m, found)
	}
	if c.Mounted == MountedClear {
		found = c.clear(m, name, info, found, groups)
	}
	if len(found) == 0 || !c.fits(m, name, found) {
		return false
	}
	var files []File
	for _, f := range found {
		if file, ok := c.takeMounted(m, f, groups); ok {
			files = append(files, file)
		}
	}
	if len(files) > 0 {
		c.deliver(m, info.IsDir(), files)
	}
	return len(files) > 0
}

// refuse reports a mount that can't be packaged: an error if it was requested, otherwise a
// warning.
func (c *carrier) refuse(m mounts.Mount, name string, err error) {
	if c.Mounted != MountedAll {
		c.warn("the bind mount %s is not packaged: %v", name, localfile.Cause(err))
		c.refused[m.Path] = true
		return
	}
	c.errs = append(c.errs, &problem.Error{Kind: problem.File, Subject: name, Service: m.Container.Name, Position: m.Position,
		Reason: fmt.Sprintf("the bind mount %s can't be packaged", name), Err: localfile.Cause(err)})
}

// A found file is a mounted file.
type found struct {
	path string
	size int64
	mode fs.FileMode
}

// walk lists the regular files below a folder, or a symlink to one, that may be carried. It warns
// about symlinks in the folder that are broken or point to folders.
func (c *carrier) walk(root string) ([]found, error) {
	var all []found
	target, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(target, func(at string, entry fs.DirEntry, err error) error {
		path := filepath.Join(root, strings.TrimPrefix(at, target))
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || c.isSecret(path)):
			return filepath.SkipDir
		case entry.IsDir() || c.isSecret(path) || c.isProjectFile(path):
			return nil
		}
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			c.warn("%s is a broken symlink, and is not packaged", c.name(path))
		case err != nil:
			return fmt.Errorf("%s: %w", c.name(path), localfile.Cause(err))
		case info.IsDir():
			c.warn("%s is a symlink to a folder, and is not packaged", c.name(path))
		case info.Mode().IsRegular():
			if err := localfile.StaysWithin(c.Dir, path); err != nil {
				return fmt.Errorf("%s: %w", c.name(path), err)
			}
			all = append(all, found{path: path, size: info.Size(), mode: info.Mode()})
		}
		return nil
	})
	return all, err
}

// isProjectFile reports whether a file in a mounted folder is not meant for the container:
// a Compose file, which is packaged anyway, or an .env file, which belongs to the
// deployment.
func (c *carrier) isProjectFile(path string) bool {
	if filepath.Base(path) == ".env" && !c.WithEnv {
		return true
	}
	return slices.Contains(c.Mains, path)
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
		c.refuse(m, name, err)
		return File{}, false
	}
	if c.Mounted == MountedClear {
		if reason := c.unclear(m, f.path, content); reason != "" {
			groups.add(reason, name)
			return File{}, false
		}
	}
	if err := c.names.Add(name); err != nil {
		c.refuse(m, name, err)
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

// fits reports whether the files are within the limits for number and total size. A mount
// that is too large is an error if it was requested.
func (c *carrier) fits(m mounts.Mount, name string, all []found) bool {
	var total int64
	for _, f := range all {
		if _, taken := c.carried[c.name(f.path)]; !taken {
			total += f.size
		}
	}
	var reason string
	switch {
	case len(all) > maxMounted:
		reason = fmt.Sprintf("it has %d files; a mount may have at most %d", len(all), maxMounted)
	case total > c.left:
		slices.SortStableFunc(all, func(a, b found) int { return int(min(max(b.size-a.size, -1), 1)) })
		var largest []string
		for _, f := range all[:min(len(all), 3)] {
			largest = append(largest, fmt.Sprintf("%s (%s)", c.name(f.path), mebibytes(f.size)))
		}
		reason = fmt.Sprintf("it has %s, but all mounts together may have at most %s (--max-files-size); largest: %s",
			mebibytes(total), mebibytes(c.MaxFilesSize), strings.Join(largest, ", "))
	default:
		return true
	}
	c.refuse(m, name, errors.New(reason))
	return false
}

// maxMounted limits the files of one mount.
const maxMounted = 1000

// mebibytes formats a number of bytes.
func mebibytes(n int64) string {
	if n < 1<<20/10 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
