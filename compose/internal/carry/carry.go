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

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/mounts"
	"github.com/ocompose/ocompose/compose/internal/override"
	"github.com/ocompose/ocompose/compose/internal/source"
	"github.com/ocompose/ocompose/compose/internal/variables"
	"github.com/ocompose/ocompose/internal/filename"
)

// Options say what to carry.
type Options struct {
	// Dir is the absolute project directory.
	Dir string
	// Mains are the absolute paths of the -f files.
	Mains []string
	// WithEnv takes env files.
	WithEnv bool
	// Mounted says which mounted files are taken, of at most MaxFilesSize bytes together.
	Mounted      Mounted
	MaxFilesSize int64
	// Flat is true if includes and extends are resolved.
	Flat bool
	// AsIs keeps files in subfolders as they are, where only pulling restores them.
	AsIs bool
	// Archived is true if the files are packaged as an archive, which keeps subfolders and
	// modes and has no mounted files.
	Archived bool
	// Marks are those of variables without value.
	Marks variables.Marks
	// HasMarks reports whether a text has characters that the project must not have.
	HasMarks func(text string) bool
	// Host are the absolute paths that the Compose files name, and Secrets those of the
	// files of secrets.
	Host, Secrets map[string]bool
	// HasSecret reports whether a file that is mounted has a secret in it, and so stays
	// unless that is allowed.
	HasSecret func(name string, content []byte) bool
	// Ignored returns the name of the file that says that a file of the project is ignored,
	// or "".
	Ignored func(name string, isDir bool) string
	// Raw returns the text at a place of the model as the files have it, with variables.
	Raw func(at model.Path) string
	// ConfigNames are the names of configs that are taken.
	ConfigNames map[string]bool
}

// Mounted says which mounted files are carried.
type Mounted int

// What is carried of the files that containers mount.
const (
	// MountedClear takes what is clearly part of the application.
	MountedClear Mounted = iota
	// MountedAll takes all that is in the project folder.
	MountedAll
	// MountedNone takes nothing.
	MountedNone
)

// A File is a file that is carried.
type File struct {
	// Name is the path below the project directory.
	Name    string
	Content []byte
	// Path is the absolute path of the file, and Source its name in the project folder.
	Path, Source string
	// RestoredAs is the name under which Docker Compose restores the file, if that is not
	// Name.
	RestoredAs string
	// Extra is true if Docker Compose does not see the file, and only pulling restores it.
	Extra      bool
	Executable bool
}

// A Result is what is carried, with warnings and errors.
type Result struct {
	// Files are sorted by name.
	Files []File
	// Lasting are changes of the project that hold wherever it is deployed, and ForRegistry
	// those that Docker Compose needs to find the files when it reads the project from a
	// registry.
	Lasting, ForRegistry []override.Change
	Warnings             []string
	Errs                 []error
}

// Carry takes the files that are needed and mounted, or says why it does not.
func Carry(opts Options, needs []Need, all []mounts.Mount) Result {
	c := carrier{Options: opts, carried: map[string]File{}, configs: map[string]string{}, names: filename.NewSet(), taken: map[string]bool{}, known: map[string]bool{}}
	c.taken[source.MainName], c.taken[source.PinsName] = true, true
	c.needs(needs)
	c.mounts(all)
	c.findEnv()
	files := slices.SortedFunc(maps.Values(c.carried), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return Result{Files: files, Lasting: c.lasting, ForRegistry: c.forRegistry, Warnings: c.warnings, Errs: c.errs}
}

type carrier struct {
	Options
	// carried are the files by their source.
	carried map[string]File
	// names are the names of carried files, and taken those that Docker Compose restores.
	names *filename.Set
	taken map[string]bool

	lasting, forRegistry []override.Change
	// configs are the names of configs by the file that they have.
	configs map[string]string
	// known are the paths that containers mount: true for those that are no state of one of
	// them, and so of none. The others are states.
	known  map[string]bool
	states []string
	// left is how many bytes of mounted files may still be taken.
	left int64
	// leftEnv are the env files of services that are left to the place of deployment.
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

// flatName returns a name without folders for the file at a path, which no other file of
// the project has.
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

// list names things for a sentence, not more than ten of them.
func list(names []string) string {
	const most = 10
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
