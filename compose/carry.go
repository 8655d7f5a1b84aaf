package compose

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A need is a file that the project refers to and that Docker Compose reads on the
// machine where the application is deployed.
type need struct {
	// path is absolute; a variable without a value may be part of it.
	path string
	// what says how the file is referred to: "extends", "env_file".
	what    string
	service string
	at      Position
	// env tells that the file holds variables, which go along only if asked for.
	env bool
	// optional tells that Docker Compose goes on without the file, and late that it
	// needs the file to start the application only, not to read the project.
	optional, late bool
	// model tells that the file is part of the model, and included that it holds the
	// variables of an include: flattening takes both in.
	model, included bool
}

// A carrier collects the files that travel with the compose files.
type carrier struct {
	opts  Options
	dir   string
	mains []sourceFile
	// host are the absolute paths that the files name, and secrets those of the files of
	// secrets.
	host, secrets map[string]bool
	// flat tells that includes and extends are resolved, and gives the files of
	// subfolders names without one: flatNames are those by path.
	flat      bool
	flatNames map[string]string
	// carried are the files by name.
	carried map[string]File
	// unseen are the files in subfolders, which Docker Compose does not restore.
	unseen   []string
	warnings []string
	errs     []error
}

// carry takes the files that are needed, or says why they are not taken.
func (c *carrier) carry(needs []need) {
	c.carried, c.flatNames = map[string]File{}, map[string]string{}
	var leftOut []string
	for _, n := range needs {
		name := c.name(n.path)
		switch {
		case n.model && c.flat:
		case c.host[n.path] && !n.model:
			c.warnings = append(c.warnings, fmt.Sprintf("not packaged, because it is an absolute path: %s %s", n.what, n.path))
		case c.isSecret(n.path) && (n.optional || n.late):
		case c.isSecret(n.path) && !n.model:
			c.fail(ProblemFile, n, name, fmt.Sprintf("%s %s can't be packaged: it is the file of a secret as well, which is never packaged", n.what, name))
		case n.env && !c.opts.WithEnv && n.optional:
			if _, err := os.Stat(n.path); err == nil && !slices.Contains(leftOut, name) {
				leftOut = append(leftOut, name)
			}
		case n.env && !c.opts.WithEnv:
			c.fail(ProblemEnvFile, n, name, fmt.Sprintf("%s %s is required and is not packaged without --with-env", n.what, name))
		case n.included && c.flat:
		default:
			c.take(n)
		}
	}
	if len(leftOut) > 0 {
		c.warnings = append(c.warnings, "not packaged without --with-env: "+list(leftOut))
	}
	if len(c.unseen) > 0 {
		c.warnings = append(c.warnings, fmt.Sprintf("Docker Compose does not restore files in subfolders when it reads the composition "+
			"from the registry, only pulling does: %s (--flatten makes it work)", list(c.unseen)))
	}
}

// take carries one file.
func (c *carrier) take(n need) {
	name := c.name(n.path)
	if unset := unsetVariables(n.path); len(unset) > 0 {
		if !n.optional {
			c.fail(ProblemVariable, n, unset[0], fmt.Sprintf("%s %s needs the variable %s, which is not set and has no default", n.what, name, unset[0]))
		}
		return
	}
	if n.path == c.mains[0].path && name == "compose.yaml" && !c.flat {
		return // the file refers to itself
	}
	if _, taken := c.carried[name]; taken || c.flatNames[name] != "" {
		return
	}
	content, mode, err := readWithin(c.dir, n.path)
	switch {
	case err != nil && n.optional:
		return
	case err != nil:
		c.fail(ProblemFile, n, name, fmt.Sprintf("%s %s can't be packaged: %v", n.what, name, plain(err)))
		return
	case name == "compose.yaml" && !c.flat:
		c.fail(ProblemFile, n, name, fmt.Sprintf("%s %s can't be packaged: Docker Compose calls the main file so; rename it, or use --flatten", n.what, name))
		return
	case name == PinsFile && !c.flat:
		c.fail(ProblemFile, n, name, fmt.Sprintf("%s %s can't be packaged: the file with the pins is called so; rename it", n.what, name))
		return
	}
	file := File{Name: name, Content: content, Kind: RestoredFile, Executable: mode&0o100 != 0}
	switch {
	case c.flat:
		file.Name = c.flatName(name)
		c.flatNames[name] = file.Name
	case strings.Contains(name, "/"):
		file.Kind = ExtraFile
		c.unseen = append(c.unseen, name)
	}
	c.carried[file.Name] = file
}

// flatName is a name without folders for the file at a path, which no other file of the
// project has.
func (c *carrier) flatName(path string) string {
	taken := map[string]bool{"compose.yaml": true, PinsFile: true}
	for name := range c.carried {
		taken[name] = true
	}
	for {
		name := freeName(strings.ReplaceAll(path, "/", "-"), taken)
		if _, err := os.Lstat(filepath.Join(c.dir, name)); err != nil || name == path {
			return name
		}
	}
}

func (c *carrier) fail(problem Problem, n need, subject, reason string) {
	c.errs = append(c.errs, &Error{Problem: problem, Subject: subject, Service: n.service, Position: n.at, Reason: reason})
}

// name is a path relative to the project directory, with slashes.
func (c *carrier) name(path string) string {
	if rel, err := filepath.Rel(c.dir, path); err == nil {
		return showUnset(filepath.ToSlash(rel))
	}
	return showUnset(path)
}

// files are the carried files by name.
func (c *carrier) files() []File {
	var files []File
	for _, file := range c.carried {
		files = append(files, file)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files
}

// readWithin reads a regular file that is in dir, also after following symlinks.
func readWithin(dir, path string) ([]byte, fs.FileMode, error) {
	if !inside(dir, path) {
		return nil, 0, errOutside
	}
	if err := staysWithin(dir, path); err != nil {
		return nil, 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	content, err := readBounded(path)
	return content, info.Mode(), err
}

var (
	errOutside = fmt.Errorf("it is outside the project folder")
	errSymlink = fmt.Errorf("it is a symlink that leaves the project folder")
)

// staysWithin tells whether path is in dir when all symlinks are followed.
func staysWithin(dir, path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	realDir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	if !inside(realDir, real) {
		return errSymlink
	}
	return nil
}

// list names things for a sentence, not more than ten of them.
func list(names []string) string {
	const most = 10
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
