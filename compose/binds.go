package compose

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A bind is a host path that a service mounts.
type bind struct {
	path    string
	service string
	at      Position
}

// binds lists the host paths that the packaged services and the volumes mount.
func binds(g *graph, model map[string]any, packaged []string) []bind {
	var all []bind
	add := func(path any, service string, steps ...string) {
		if p, ok := path.(string); ok && filepath.IsAbs(p) && len(unsetVariables(p)) == 0 {
			all = append(all, bind{path: filepath.Clean(p), service: service, at: g.locate(steps...)})
		}
	}
	mounts := func(container map[string]any, service string, steps ...string) {
		volumes, _ := container["volumes"].([]any)
		for _, value := range volumes {
			volume, _ := value.(map[string]any)
			if target, _ := volume["target"].(string); volume["type"] == "bind" {
				add(volume["source"], service, append(slices.Clone(steps), "volumes", target)...)
			}
		}
	}
	for _, section := range []string{"services", "jobs"} {
		for name, value := range entries(model[section]) {
			container, _ := value.(map[string]any)
			if !slices.Contains(packaged, name) {
				continue
			}
			mounts(container, name, section, name)
			hooks, _ := container["pre_start"].([]any)
			for _, hook := range hooks {
				if hook, ok := hook.(map[string]any); ok {
					mounts(hook, name, section, name, "pre_start")
				}
			}
		}
	}
	for name, value := range entries(model["volumes"]) {
		volume, _ := value.(map[string]any)
		options, _ := volume["driver_opts"].(map[string]any)
		if volume["driver"] == "local" && options["o"] == "bind" {
			add(options["device"], "", "volumes", name, "driver_opts", "device")
		}
	}
	return all
}

// carryBinds takes the bind-mounted files and folders in the project folder if they are
// asked for, and names them otherwise. Sockets, devices, what is outside the project
// folder and what secrets are made of never go along.
func (c *carrier) carryBinds(all []bind) {
	limit := c.opts.MaxFilesSize
	if limit == 0 {
		limit = DefaultMaxFilesSize
	}
	left := limit
	var missing, outside, taken []string
	for _, b := range all {
		info, err := os.Stat(b.path)
		switch name := c.name(b.path); {
		case c.isSecret(b.path) || c.host[b.path]:
		case !inside(c.dir, b.path):
			if !slices.Contains(outside, name) {
				outside = append(outside, name)
			}
		case err != nil || !info.IsDir() && !info.Mode().IsRegular():
			// Docker makes a folder of what is not there; a socket or a device is the machine's.
		case !c.opts.WithFiles:
			if !slices.Contains(missing, name) {
				missing = append(missing, name)
			}
		default:
			names, err := c.takeTree(b.path, &left)
			if err != nil {
				if errors.Is(err, errSize) {
					err = fmt.Errorf("%w of %d bytes", err, limit)
				}
				c.errs = append(c.errs, &Error{Problem: ProblemFile, Subject: name, Service: b.service, Position: b.at,
					Reason: fmt.Sprintf("the bind mount %s can't be packaged", name), Err: plain(err)})
				return
			}
			taken = append(taken, names...)
		}
	}
	if len(missing) > 0 {
		c.warnings = append(c.warnings, "bind mounts are not packaged without --with-files: "+list(missing))
	}
	if len(outside) > 0 {
		c.warnings = append(c.warnings, "bind mounts outside the project folder are not packaged: "+list(outside))
	}
	if slices.Sort(taken); len(taken) > 0 {
		c.warnings = append(c.warnings, "bind-mounted files are packaged, for pulling only: "+strings.Join(slices.Compact(taken), ", "))
	}
}

var errSize = errors.New("the files are larger together than the limit")

// takeTree carries a file, or all files below a folder, and counts their bytes.
func (c *carrier) takeTree(root string, left *int64) ([]string, error) {
	if err := staysWithin(c.dir, root); err != nil {
		return nil, err
	}
	var names []string
	take := func(path string) error {
		name := c.name(path)
		if _, taken := c.carried[name]; taken || c.isSecret(path) || c.isProjectFile(path) {
			return nil
		}
		if err := staysWithin(c.dir, path); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("%s: %w", name, plain(err))
		}
		switch {
		case info.IsDir():
			c.warnings = append(c.warnings, fmt.Sprintf("not packaged, because it is a symlink to a folder: %s", name))
			return nil
		case !info.Mode().IsRegular():
			return nil
		case info.Size() > *left:
			return errSize
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%s: %w", name, plain(err))
		}
		if *left -= int64(len(content)); *left < 0 {
			return errSize
		}
		c.carried[name] = File{Name: name, Content: content, Kind: ExtraFile, Executable: info.Mode()&0o100 != 0}
		names = append(names, name)
		return nil
	}
	info, err := os.Stat(root)
	if err != nil || !info.IsDir() {
		return names, errors.Join(err, take(root))
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || c.isSecret(path)):
			return filepath.SkipDir
		case entry.IsDir():
			return nil
		}
		return take(path)
	})
	return names, err
}

// isProjectFile tells that a file in a bind-mounted folder is no part of what is mounted
// for the application: a compose file itself, which goes along anyway, or an .env file,
// which is the place of deployment's.
func (c *carrier) isProjectFile(path string) bool {
	if filepath.Base(path) == ".env" && !c.opts.WithEnv {
		return true
	}
	return slices.ContainsFunc(c.mains, func(f sourceFile) bool { return f.path == path })
}
