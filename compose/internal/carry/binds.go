package carry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// A Bind is a host path that a service mounts.
type Bind struct {
	path    string
	service string
	at      problem.Position
}

// Binds lists the host paths that the packaged services, and the volumes, mount. marks are
// those of variables without value.
func Binds(g *filegraph.Graph, m map[string]any, packaged []string, marks variables.Marks) []Bind {
	var all []Bind
	add := func(path any, service string, steps ...string) {
		if p, ok := path.(string); ok && filepath.IsAbs(p) && !marks.In(p) {
			all = append(all, Bind{path: filepath.Clean(p), service: service, at: filegraph.Locate(g, steps...)})
		}
	}
	for c := range place.Containers(m) {
		if !slices.Contains(packaged, c.Name) {
			continue
		}
		for _, mount := range c.Mounts() {
			if target, _ := mount["target"].(string); mount["type"] == "bind" {
				add(mount["source"], c.Name, c.Steps("volumes", target)...)
			}
		}
	}
	for name, value := range model.Entries(m["volumes"]) {
		volume, _ := value.(map[string]any)
		options, _ := volume["driver_opts"].(map[string]any)
		if volume["driver"] == "local" && options["o"] == "bind" {
			add(options["device"], "", "volumes", name, "driver_opts", "device")
		}
	}
	return all
}

// binds takes the bind-mounted files and folders in the project folder if that is asked
// for, and warns about them otherwise. Sockets, devices, paths outside the project folder,
// and files of secrets are never carried.
func (c *carrier) binds(all []Bind) {
	left := c.MaxFilesSize
	var missing, outside, taken []string
	for _, b := range all {
		info, err := os.Stat(b.path)
		switch name := c.name(b.path); {
		case c.isSecret(b.path) || c.Host[b.path]:
		case !localfile.Inside(c.Dir, b.path):
			if !slices.Contains(outside, name) {
				outside = append(outside, name)
			}
		case err != nil || !info.IsDir() && !info.Mode().IsRegular():
			// Docker creates a folder for a missing path; sockets and devices belong to the machine.
		case !c.WithFiles:
			if !slices.Contains(missing, name) {
				missing = append(missing, name)
			}
		default:
			names, err := c.takeTree(b.path, &left)
			if err != nil {
				if errors.Is(err, errSize) {
					err = fmt.Errorf("%w of %d bytes", err, c.MaxFilesSize)
				}
				c.errs = append(c.errs, &problem.Error{Kind: problem.File, Subject: name, Service: b.service, Position: b.at,
					Reason: fmt.Sprintf("the bind mount %s can't be packaged", name), Err: localfile.Cause(err)})
				return
			}
			taken = append(taken, names...)
		}
	}
	switch {
	case len(missing) > 0 && c.Archived:
		c.warnings = append(c.warnings, "bind mounts are not packaged, and have to exist where the application starts: "+list(missing))
	case len(missing) > 0:
		c.warnings = append(c.warnings, "bind mounts are not packaged without --with-files: "+list(missing))
	}
	if len(outside) > 0 {
		c.warnings = append(c.warnings, "bind mounts outside the project folder are not packaged: "+list(outside))
	}
	if slices.Sort(taken); len(taken) > 0 {
		c.warnings = append(c.warnings, "bind-mounted files are packaged for pulling only: "+strings.Join(slices.Compact(taken), ", "))
	}
}

var errSize = errors.New("the files are larger together than the limit")

// takeTree carries a file, or all files below a folder, and counts their bytes down from
// left.
func (c *carrier) takeTree(root string, left *int64) ([]string, error) {
	if err := localfile.StaysWithin(c.Dir, root); err != nil {
		return nil, err
	}
	info, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return c.takeMounted(root, left)
	}
	var names []string
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || c.isSecret(path)):
			return filepath.SkipDir
		case entry.IsDir():
			return nil
		}
		taken, err := c.takeMounted(path, left)
		names = append(names, taken...)
		return err
	})
	return names, err
}

// takeMounted carries one mounted file, unless it is one that stays. It returns the
// file's name if it is carried now.
func (c *carrier) takeMounted(path string, left *int64) ([]string, error) {
	name := c.name(path)
	if _, taken := c.carried[name]; taken || c.isSecret(path) || c.isProjectFile(path) {
		return nil, nil
	}
	if err := localfile.StaysWithin(c.Dir, path); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, localfile.Cause(err))
	}
	switch {
	case info.IsDir():
		c.warnings = append(c.warnings, fmt.Sprintf("not packaged, because it is a symlink to a folder: %s", name))
		return nil, nil
	case !info.Mode().IsRegular():
		return nil, nil
	case info.Size() > *left:
		return nil, errSize
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, localfile.Cause(err))
	}
	if *left -= int64(len(content)); *left < 0 {
		return nil, errSize
	}
	c.carried[name] = File{Name: name, Path: path, Source: name, Content: content, Extra: true, Executable: isExecutable(info.Mode())}
	return []string{name}, nil
}

// isProjectFile reports whether a file in a bind-mounted folder is not mounted for the
// application: a Compose file itself, which is packaged anyway, or an .env file, which
// belongs to the place of deployment.
func (c *carrier) isProjectFile(path string) bool {
	if filepath.Base(path) == ".env" && !c.WithEnv {
		return true
	}
	return slices.Contains(c.Mains, path)
}
