package carry

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/override"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/source"
)

// Unreadable returns the names of needed files with which Docker Compose can't load the
// project from a registry: it restores no folders, and no override can change the includes
// and extends of a file. An archive has folders, but none outside the project folder. A
// project with such a file is flattened.
func Unreadable(opts Options, needs []Need) []string {
	var names []string
	for _, n := range needs {
		name := nameIn(opts.Dir, n.path, opts.Marks)
		if opts.Marks.In(n.path) || slices.Contains(names, name) {
			continue
		}
		moves := strings.Contains(name, "/") && !(opts.Archived && filepath.IsLocal(name))
		itself := n.path == opts.Mains[0] && name == source.MainName
		switch {
		case n.model && !itself && (moves || opts.Host[n.path] || name == source.MainName || name == source.PinsName),
			n.included && !n.optional && (!opts.WithEnv || moves):
			names = append(names, name)
		}
	}
	return names
}

// needs carries the needed files, or reports why they are not carried.
func (c *carrier) needs(needs []Need) {
	for _, n := range needs {
		name := c.name(n.path)
		switch {
		case (n.model || n.included) && c.Flat:
		case c.Archived && c.Host[n.path] && !n.model:
			c.fail(problem.File, n, name, fmt.Sprintf("%s %s can't be packaged: its path is absolute, and an archive needs relative paths", n.what, name))
		case n.late && n.canStay() && c.isExcluded(n.path): // required on the host
		case n.env && (!c.WithEnv || c.Host[n.path] || n.canStay() && c.isExcluded(n.path)):
			c.leaveEnv(n, name)
		case c.Host[n.path] && !n.model: // it is on the deployment host
		case c.isSecret(n.path) && (n.optional || n.late):
		case c.isSecret(n.path) && !n.model:
			c.fail(problem.File, n, name, fmt.Sprintf("%s %s can't be packaged: it is also a secret file, and secret files are never packaged", n.what, name))
		default:
			c.take(n)
		}
	}
}

// warnUnseen warns about files that Docker Compose does not restore.
func (c *carrier) warnUnseen() {
	if len(c.unseen) > 0 {
		slices.Sort(c.unseen)
		c.warn("Docker Compose does not restore files in subfolders when it reads the composition from the registry, only pull does: %s",
			list(slices.Compact(c.unseen)))
	}
}

// leaveEnv does not carry an env file: it belongs to the deployment. Docker Compose starts
// without it there, as it does without unset variables. An archive has all env files.
func (c *carrier) leaveEnv(n Need, name string) {
	if n.at != nil {
		c.leftEnv = append(c.leftEnv, n)
	}
	switch {
	case c.Archived && n.at != nil && exists(n.path):
		c.fail(problem.EnvFile, n, name, fmt.Sprintf("%s %s belongs into the archive, and is not packaged without --with-env", n.what, name))
	case c.Archived && n.at != nil && !n.optional:
		c.take(n) // reports why it can't be packaged
	case n.optional:
	case n.at == nil:
		c.fail(problem.EnvFile, n, name, fmt.Sprintf("%s %s is required and is not packaged without --with-env", n.what, name))
	default:
		c.lasting = append(c.lasting, override.Change{At: n.at.Join("required"), Value: false})
	}
}

// findEnv points references to env files that were not carried at files that were carried because
// containers mount them.
func (c *carrier) findEnv() {
	for _, n := range c.leftEnv {
		name := c.name(n.path)
		file, ok := c.carried[name]
		if !ok || c.AsIs || c.Archived {
			continue
		}
		if restored := c.restore(file); restored != name {
			c.change(n.renamed(restored))
		}
	}
}

// take carries one file.
func (c *carrier) take(n Need) {
	name := c.name(n.path)
	if unset := c.Marks.Unset(n.path); len(unset) > 0 {
		if !n.optional {
			c.fail(problem.Variable, n, unset[0], fmt.Sprintf("%s %s needs the variable %s, which is not set and has no default", n.what, name, unset[0]))
		}
		return
	}
	if n.path == c.Mains[0] && name == source.MainName && n.at == nil {
		return // the file refers to itself
	}
	if known, ok := c.carried[name]; ok {
		c.redirect(n, known)
		return
	}
	outside := n.env && !localfile.Inside(c.Dir, n.path)
	dir := c.Dir
	if outside {
		dir = filepath.Dir(n.path) // requested by name
	}
	content, mode, err := localfile.ReadWithin(dir, n.path)
	switch {
	case err != nil && n.optional:
		return
	case err != nil:
		c.fail(problem.File, n, name, fmt.Sprintf("%s %s can't be packaged: %v", n.what, name, localfile.Cause(err)))
		return
	case name == source.MainName && n.at == nil:
		c.fail(problem.File, n, name, fmt.Sprintf("%s %s can't be packaged: Docker Compose uses this name for the main file; rename it, or use --flatten", n.what, name))
		return
	case c.taken[name] && n.at == nil:
		c.fail(problem.File, n, name, fmt.Sprintf("%s %s can't be packaged: this name is reserved for the file with the pins; rename it", n.what, name))
		return
	}
	file := File{Name: name, Path: n.path, Source: name, Content: content, Executable: isExecutable(mode)}
	switch replaces := c.replaces(name, content); {
	case replaces && n.at == nil:
		c.refuseEnv(n, name)
		return
	case replaces:
		file.Name = c.renameEnv(name, content)
	case outside, c.taken[name]:
		file.Name = c.flatName(name)
	case c.Archived || !strings.Contains(name, "/"):
		c.taken[name] = true
	case c.AsIs:
		file.Extra = true
		c.unseen = append(c.unseen, name)
	default:
		file.RestoredAs = c.flatName(name)
	}
	if file.Executable && n.mounted && !c.AsIs && !c.Archived {
		c.warn("%s loses its executable bit when Docker Compose reads the composition from the registry", name)
	}
	if err := c.names.Add(file.Name); err != nil {
		c.fail(problem.File, n, name, fmt.Sprintf("%s %s can't be packaged: %v", n.what, name, err))
		return
	}
	c.carried[name] = file
	c.redirect(n, file)
}

// redirect changes the reference to a file to its name in the composition, if that differs,
// or if the reference has variables, which may differ at deployment; and to the name under
// which Docker Compose restores it.
func (c *carrier) redirect(n Need, file File) {
	switch {
	case n.at == nil:
	case file.Name != file.Source || !c.findsItself(n, file.Name):
		c.lasting = append(c.lasting, n.renamed(file.Name))
	}
	if n.at != nil && file.RestoredAs != "" {
		if isHook(n.at) {
			c.lasting = append(c.lasting, n.renamed(c.hookFile(file).Name))
			return
		}
		c.forRegistry = append(c.forRegistry, n.renamed(file.RestoredAs))
	}
}

// findsItself reports whether a need finds its file wherever the project is, without
// variables.
func (c *carrier) findsItself(n Need, name string) bool {
	raw := c.Raw(n.place())
	if !strings.Contains(raw, "$") {
		return true
	}
	value, err := c.Marks.Substitute(raw, func(string) (string, bool) { return "", false })
	return err == nil && path.Clean(filepath.ToSlash(strings.TrimPrefix(value, n.prefix))) == name
}

// place returns where the path is in the model.
func (n Need) place() model.Path {
	if n.field == "" {
		return n.at
	}
	return n.at.Join(n.field)
}

// renamed returns the change that makes a need refer to another file in the project folder.
func (n Need) renamed(name string) override.Change {
	return override.Change{At: n.place(), Value: n.prefix + "./" + name}
}

func (c *carrier) fail(kind problem.Kind, n Need, subject, reason string) {
	again := slices.ContainsFunc(problem.All(errors.Join(c.errs...)), func(e *problem.Error) bool { return e.Reason == reason })
	if !again {
		c.errs = append(c.errs, &problem.Error{Kind: kind, Subject: subject, Service: n.service, Position: n.position, Reason: reason})
	}
}

// exists reports whether a path exists, with any type.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
