// Package carry collects the files that are packaged with the Compose files: those that
// Docker Compose reads, and on request those that services mount. It reports which files
// are not packaged, and why.
package carry

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/mounts"
	"github.com/ocompose/ocompose/compose/internal/override"
	"github.com/ocompose/ocompose/compose/internal/source"
	"github.com/ocompose/ocompose/compose/internal/variables"
	"github.com/ocompose/ocompose/internal/filename"
)

// Options select the files to carry.
type Options struct {
	// Dir is the absolute project directory.
	Dir string
	// Mains are the absolute paths of the -f files.
	Mains []string
	// WithEnv carries env files.
	WithEnv bool
	// Mounted selects the mounted files to carry, at most MaxFilesSize bytes in total.
	Mounted      Mounted
	MaxFilesSize int64
	// Excluded are the absolute paths that the host provides, although they would be carried.
	Excluded []string
	// Flat is true if includes and extends are resolved.
	Flat bool
	// AsIs keeps files in subfolders, which only pull restores.
	AsIs bool
	// Archived is true if the files are packaged as an archive, which keeps subfolders and
	// modes and has no mounted files.
	Archived bool
	// ShortVolumes keeps mounts in their short form.
	ShortVolumes bool
	// Taken are names in the project folder that files must not be restored as; nil for none.
	Taken map[string]bool
	// Marks are the marks of variables without a value.
	Marks variables.Marks
	// HasMarks reports whether a string has characters that the project must not have.
	HasMarks func(text string) bool
	// Host are the absolute paths in the Compose files, and Secrets the paths of secret files.
	Host, Secrets map[string]bool
	// HasSecret reports whether a mounted file contains a secret that is not allowed, so that
	// it is not carried.
	HasSecret func(name string, content []byte) bool
	// Ignored returns the name of the file that ignores a file of the project, or "".
	Ignored func(name string, isDir bool) string
	// Raw returns the value at a place of the model as written in the files, with variables.
	Raw func(at model.Path) string
	// ConfigNames are the names of configs that are in use.
	ConfigNames map[string]bool
}

// Mounted selects the mounted files to carry.
type Mounted int

// The selections of mounted files.
const (
	// MountedClear carries files that are clearly part of the application.
	MountedClear Mounted = iota
	// MountedAll carries all files in the project folder.
	MountedAll
	// MountedNone carries none.
	MountedNone
)

// A File is a carried file.
type File struct {
	// Name is the path below the project directory.
	Name    string
	Content []byte
	// Path is the absolute path of the file, and Source its name in the project folder.
	Path, Source string
	// RestoredAs is the name under which Docker Compose restores the file, if that is not
	// Name.
	RestoredAs string
	// Extra is true if Docker Compose ignores the file, and only pull restores it.
	Extra      bool
	Executable bool
}

// A Result is the carried files, with warnings and errors.
type Result struct {
	// Files are sorted by name.
	Files []File
	// Lasting are changes to the project that apply to every deployment, and ForRegistry those
	// that Docker Compose needs to find the files when it reads the project from a registry.
	Lasting, ForRegistry []override.Change
	Warnings             []string
	Errs                 []error
}

// Carry collects the needed and mounted files, or reports why it can't.
func Carry(opts Options, needs []Need, all []mounts.Mount) Result {
	c := carrier{Options: opts, carried: map[string]File{}, configs: map[string]string{}, names: filename.NewSet(), taken: map[string]bool{},
		known: map[string]bool{}, alone: map[string]bool{}, refused: map[string]bool{}, seconds: map[string]bool{},
		walked: map[string][]found{}, omitted: map[string]map[string]bool{}, ignored: map[string]bool{}}
	maps.Copy(c.taken, opts.Taken)
	c.taken[source.MainName], c.taken[source.PinsName] = true, true
	c.checkExcluded(needs, all)
	c.needs(needs)
	c.mounts(all)
	c.findEnv()
	files := slices.SortedFunc(maps.Values(c.carried), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return Result{Files: files, Lasting: c.lasting, ForRegistry: c.forRegistry, Warnings: c.warnings, Errs: c.errs}
}

type carrier struct {
	Options
	// carried are the files by source.
	carried map[string]File
	// names are the names of carried files, and taken the names that Docker Compose restores.
	names *filename.Set
	taken map[string]bool

	lasting, forRegistry []override.Change
	// everywhere is true while changes for the registry apply to every deployment.
	everywhere bool
	// configs are the names of configs by file.
	configs map[string]string
	// known are the paths that containers mount: true if one of them does not use the path as
	// state, and so none does. The others are in states.
	known  map[string]bool
	states []string
	// alone are the files that containers mount individually, and refused the mounts that can't
	// be packaged.
	alone, refused map[string]bool
	// seconds are the files with second mounts, by container.
	seconds map[string]bool
	// walked are the files of mounted folders, by folder, and ignored whether files are ignored, by
	// name.
	walked  map[string][]found
	ignored map[string]bool
	// omitted are the files in mounted folders that are packaged without them, with the services
	// that mount the folders.
	omitted map[string]map[string]bool
	// left is how many more bytes of mounted files may be carried.
	left int64
	// leftEnv are the env files of services that the host must provide.
	leftEnv []Need
	// unseen are the files in subfolders, which Docker Compose does not restore.
	unseen   []string
	warnings []string
	errs     []error
}

func (c *carrier) warn(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(c.warnings, text) {
		c.warnings = append(c.warnings, text)
	}
}

// name returns a path relative to the project directory, with slashes.
func (c *carrier) name(path string) string { return nameIn(c.Dir, path, c.Marks) }

func nameIn(dir, path string, marks variables.Marks) string {
	if rel, err := filepath.Rel(dir, path); err == nil {
		return marks.Show(filepath.ToSlash(rel))
	}
	return marks.Show(path)
}

// flatName returns a unique name without folders for the file at a path.
func (c *carrier) flatName(path string) string {
	base := strings.ReplaceAll(strings.TrimLeft(path, "./"), "/", "-")
	if !strings.Contains(path, "/") {
		base = path
	}
	taken := maps.Clone(c.taken)
	for {
		name := source.FreeName(base, taken)
		if _, err := os.Lstat(filepath.Join(c.Dir, name)); err != nil || name == path {
			c.taken[name] = true
			return name
		}
	}
}

// isExecutable reports whether the owner of a file may execute it.
func isExecutable(mode fs.FileMode) bool { return mode&0o100 != 0 }

// list formats names for a sentence, at most ten of them.
func list(names []string) string {
	const most = 10
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
