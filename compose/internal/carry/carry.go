// Package carry collects the files that travel in a composition along with the Compose
// files: those that Docker Compose reads, and on request what services mount. It says
// which files stay behind, and why.
package carry

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/source"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// Options say what to carry.
type Options struct {
	// Dir is the absolute project directory.
	Dir string
	// Mains are the absolute paths of the -f files.
	Mains []string
	// WithEnv takes env files, and WithFiles bind-mounted files and folders, of at most
	// MaxFilesSize bytes together.
	WithEnv, WithFiles bool
	MaxFilesSize       int64
	// Archived tells that the package is an archive: files in subfolders are as good as all
	// others in it, and bind-mounted ones have no place.
	Archived bool
	// Flat is true if includes and extends are resolved. Files in subfolders get names
	// without a folder.
	Flat bool
	// Marks are those of variables without value.
	Marks variables.Marks
	// Host are the absolute paths that the Compose files name, and Secrets those of the
	// files of secrets.
	Host, Secrets map[string]bool
}

// A File is a file that is carried.
type File struct {
	Name    string
	Content []byte
	// Path is the absolute path of the file, and Source its name in the project folder.
	Path, Source string
	// Extra is true if Docker Compose does not see the file, and only pulling restores it.
	Extra      bool
	Executable bool
}

// A Result is what is carried, with warnings and errors.
type Result struct {
	// Files are sorted by name.
	Files []File
	// FlatNames are the names of the files by their path, if Flat is set.
	FlatNames map[string]string
	Warnings  []string
	Errs      []error
}

// Carry takes the files that are needed and mounted, or says why it does not.
func Carry(opts Options, needs []Need, binds []Bind) Result {
	c := carrier{Options: opts, carried: map[string]File{}, flatNames: map[string]string{}}
	c.needs(needs)
	c.binds(binds)
	c.warnSecrets()
	files := slices.SortedFunc(maps.Values(c.carried), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return Result{Files: files, FlatNames: c.flatNames, Warnings: c.warnings, Errs: c.errs}
}

type carrier struct {
	Options
	carried   map[string]File
	flatNames map[string]string
	// unseen are the files in subfolders, which Docker Compose does not restore.
	unseen   []string
	warnings []string
	errs     []error
}

// needs takes the files that are needed, or says why they are not taken.
func (c *carrier) needs(needs []Need) {
	var leftOut []string
	for _, n := range needs {
		name := c.name(n.path)
		switch {
		case n.model && c.Flat:
		case c.Host[n.path] && !n.model:
			c.warnings = append(c.warnings, fmt.Sprintf("not packaged, because it is an absolute path: %s %s", n.what, n.path))
		case c.isSecret(n.path) && (n.optional || n.late):
		case c.isSecret(n.path) && !n.model:
			c.fail(problem.File, n, name, fmt.Sprintf("%s %s can't be packaged: it is also the file of a secret, and those are never packaged", n.what, name))
		case n.env && !c.WithEnv && n.optional:
			if _, err := os.Stat(n.path); err == nil && !slices.Contains(leftOut, name) {
				leftOut = append(leftOut, name)
			}
		case n.env && !c.WithEnv:
			c.fail(problem.EnvFile, n, name, fmt.Sprintf("%s %s is required and is not packaged without --with-env", n.what, name))
		case n.included && c.Flat:
		default:
			c.take(n)
		}
	}
	if len(leftOut) > 0 {
		c.warnings = append(c.warnings, "not packaged without --with-env: "+list(leftOut))
	}
	if len(c.unseen) > 0 && !c.Archived {
		c.warnings = append(c.warnings, fmt.Sprintf("Docker Compose does not restore files in subfolders when it reads the composition "+
			"from the registry; only pulling does: %s (--flatten avoids this)", list(c.unseen)))
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
	if n.path == c.Mains[0] && name == source.MainName && !c.Flat {
		return // the file refers to itself
	}
	if _, taken := c.carried[name]; taken || c.flatNames[name] != "" {
		return
	}
	content, mode, err := localfile.ReadWithin(c.Dir, n.path)
	switch {
	case err != nil && n.optional:
		return
	case err != nil:
		c.fail(problem.File, n, name, fmt.Sprintf("%s %s can't be packaged: %v", n.what, name, localfile.Cause(err)))
		return
	case name == source.MainName && !c.Flat:
		c.fail(problem.File, n, name, fmt.Sprintf("%s %s can't be packaged: Docker Compose gives the main file this name; rename it, or use --flatten", n.what, name))
		return
	case name == source.PinsName && !c.Flat:
		c.fail(problem.File, n, name, fmt.Sprintf("%s %s can't be packaged: the file with the pins has this name; rename it", n.what, name))
		return
	}
	file := File{Name: name, Path: n.path, Source: name, Content: content, Executable: isExecutable(mode)}
	switch {
	case c.Flat:
		file.Name = c.flatName(name)
		c.flatNames[name] = file.Name
	case strings.Contains(name, "/"):
		file.Extra = true
		c.unseen = append(c.unseen, name)
	}
	c.carried[file.Name] = file
}

// flatName returns a name without folders for the file at a path, which no other file of
// the project has.
func (c *carrier) flatName(path string) string {
	taken := map[string]bool{source.MainName: true, source.PinsName: true}
	for name := range c.carried {
		taken[name] = true
	}
	for {
		name := source.FreeName(strings.ReplaceAll(path, "/", "-"), taken)
		if _, err := os.Lstat(filepath.Join(c.Dir, name)); err != nil || name == path {
			return name
		}
	}
}

func (c *carrier) fail(kind problem.Kind, n Need, subject, reason string) {
	c.errs = append(c.errs, &problem.Error{Kind: kind, Subject: subject, Service: n.service, Position: n.at, Reason: reason})
}

// name returns a path relative to the project directory, with slashes.
func (c *carrier) name(path string) string {
	if rel, err := filepath.Rel(c.Dir, path); err == nil {
		return c.Marks.Show(filepath.ToSlash(rel))
	}
	return c.Marks.Show(path)
}

// isExecutable reports whether the owner of a file may execute it.
func isExecutable(mode fs.FileMode) bool { return mode&0o100 != 0 }

// list names things for a sentence, not more than ten of them.
func list(names []string) string {
	const most = 10
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
