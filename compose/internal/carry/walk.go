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
)

// A found file is a mounted file.
type found struct {
	path string
	size int64
	mode fs.FileMode
	// stays is why the file is not packaged, without further checks, or "".
	stays stay
}

// walk lists the files below a folder that is mounted, or a symlink to one, except Git's data and
// the files of secrets and of the project itself. A folder that several containers mount is read
// once.
func (c *carrier) walk(root string) ([]found, error) {
	if known, ok := c.walked[root]; ok {
		return slices.Clone(known), nil
	}
	target, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, err
	}
	var all []found
	err = filepath.WalkDir(target, func(at string, entry fs.DirEntry, err error) error {
		path := filepath.Join(root, strings.TrimPrefix(at, target))
		switch {
		case errors.Is(err, fs.ErrPermission) && entry != nil && entry.IsDir():
			all = append(all, found{path: path, stays: stayUnreadable})
			return filepath.SkipDir
		case err != nil:
			return fmt.Errorf("%s: %w", c.name(path), localfile.Cause(err))
		case entry.IsDir() && (entry.Name() == ".git" || c.isSecret(path)):
			return filepath.SkipDir
		case entry.IsDir() || c.isSecret(path) || slices.Contains(c.Mains, path):
			return nil
		}
		f, err := c.found(path, entry)
		if f.path != "" {
			all = append(all, f)
		}
		return err
	})
	if err == nil {
		c.walked[root] = slices.Clone(all)
	}
	return all, err
}

// found describes a file in a folder. Sockets, devices and pipes are not files.
func (c *carrier) found(path string, entry fs.DirEntry) (found, error) {
	isLink := entry.Type()&fs.ModeSymlink != 0
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && isLink:
		return found{path: path, stays: stayBroken}, nil
	case errors.Is(err, fs.ErrNotExist):
		return found{}, nil // removed meanwhile
	case isLink && (err != nil || localfile.StaysWithin(c.Dir, path) != nil):
		return found{path: path, stays: stayOutside}, nil
	case err != nil:
		return found{}, err
	case info.IsDir():
		return found{path: path, stays: stayFolderLink}, nil
	case !info.Mode().IsRegular():
		return found{}, nil
	case filepath.Base(path) == ".env" && !c.WithEnv:
		return found{path: path, stays: stayEnv}, nil
	}
	return found{path: path, size: info.Size(), mode: info.Mode()}, nil
}

// selected returns the files of a mount to package, without looking at the content of most, and
// reports the others.
func (c *carrier) selected(m mounts.Mount, info fs.FileInfo, all []found, groups *stays) []found {
	files := slices.DeleteFunc(slices.Clone(all), func(f found) bool {
		switch {
		case c.isExcluded(f.path):
			return true
		case f.stays == stayUnreadable:
			c.unreadable(m, f.path, fs.ErrPermission, groups)
		case f.stays == stayOutside && c.Mounted == MountedAll:
			c.failMount(m, c.name(f.path), fmt.Errorf("%s is a symlink that points outside the project folder. --exclude %[1]s leaves it to the deployment host", c.name(f.path)))
		case f.stays != "":
			groups.add(f.stays, c.name(f.path))
		}
		return f.stays != ""
	})
	if c.Mounted == MountedClear {
		files = c.clear(m, info, files, groups)
	}
	return files
}

// isProjectFile reports whether a mounted file is not meant for the container: a Compose file,
// which is packaged anyway, or an .env file, which belongs to the deployment.
func (c *carrier) isProjectFile(path string) bool {
	if filepath.Base(path) == ".env" && !c.WithEnv {
		return true
	}
	return slices.Contains(c.Mains, path)
}
