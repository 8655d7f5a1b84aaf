package loading

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/consts"
	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/tree"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/problem"
)

// maxIncludes limits the includes of a project; a file can be included repeatedly in
// different directories.
const maxIncludes = 2000

var errTooManyIncludes = fmt.Errorf("the project has more than %d includes", maxIncludes)

// An includeLoader resolves the paths of includes. The loader leaves the directory of a
// nested include relative to the working directory of the process; here it is always
// absolute. It also keeps includes of files from a registry inside their folder.
type includeLoader struct {
	// dir is the project directory.
	dir string
	// within, if set, is the folder that must contain all files.
	within string
	// mark comes before the paths of includes.
	mark string
	// remotes are the compositions in registries that may be included and extended.
	remotes *Remotes
	// dirs are the project directories of the included files, by their path.
	dirs map[string]string
	// file is the last file loaded, base what its path was relative to, and inside the folder
	// that must contain its project directory, if any.
	file, base, inside string
	count              int
	// left is the error for a project directory outside of within.
	left error
}

// Accept reports whether a path is that of an include, or names a composition in a registry.
func (l *includeLoader) Accept(path string) bool {
	return strings.HasPrefix(path, l.mark) || localfile.IsComposition(path)
}

// Load returns the absolute path of an include.
func (l *includeLoader) Load(ctx context.Context, path string) (string, error) {
	path = strings.TrimPrefix(path, l.mark)
	if l.count++; l.count > maxIncludes {
		return "", errTooManyIncludes
	}
	l.base, l.inside = l.dir, l.within
	if includer, ok := ctx.Value(consts.ComposeFileKey{}).(string); ok {
		if dir, ok := l.dirs[includer]; ok {
			l.base = dir
		}
		if around := l.remotes.Around(includer); around != nil {
			l.inside = around.Root
		}
	}
	if remote := l.remotes.Find(path); remote != nil {
		l.file = remote.Main()
	} else if localfile.IsRemote(path) {
		return "", fmt.Errorf("include: %q is not a local file: only local files can be packaged", path)
	} else if l.file = localfile.Absolute(l.base, path); l.inside != "" && !localfile.Inside(l.inside, l.file) {
		return "", problem.LeavesFolder(path, "include")
	}
	if l.dirs == nil {
		l.dirs = map[string]string{}
	}
	l.dirs[l.file] = filepath.Dir(l.file)
	return l.file, nil
}

// Dir returns the base directory of the last include: that of the file itself, or its
// project_directory. It is inside l.inside, so that a chain of includes can't climb further
// than a single path.
func (l *includeLoader) Dir(path string) string {
	if remote := l.remotes.Find(path); remote != nil {
		return remote.Root // of an extends
	}
	if path != l.file {
		dir := localfile.Absolute(l.base, path)
		if l.inside != "" && !localfile.Inside(l.inside, dir) {
			dir, l.left = l.inside, problem.LeavesFolder(path, "the project_directory of an include")
		}
		l.dirs[l.file] = dir
	}
	return l.dirs[l.file]
}

// A guard checks the paths that the loader reads.
type guard struct {
	// mark comes before the paths of includes.
	mark string
	// hostile is true if the files are not trusted.
	hostile bool
	// path returns the path that a string refers to.
	path func(text string) (string, error)
}

func (g guard) cast(mark string) interpolation.Cast {
	return func(text string) (any, error) {
		path, err := g.path(text)
		if err == nil && g.hostile {
			err = checkHostilePath(path)
		}
		return mark + path, err
	}
}

// envFile is the cast of the env files of includes. /dev/null means no file.
func (g guard) envFile() interpolation.Cast {
	check := g.cast("")
	return func(text string) (any, error) {
		if text == "/dev/null" {
			return text, nil
		}
		return check(text)
	}
}

// guardPaths marks the paths of includes for the includeLoader and, if the files are not
// trusted, checks every path that the loader reads itself. It also resolves the names of extended
// services.
func guardPaths(casts map[tree.Path]interpolation.Cast, g guard) {
	for _, path := range []tree.Path{"include.[]", "include.[].path", "include.[].path.[]"} {
		casts[path] = g.cast(g.mark)
	}
	for _, path := range []tree.Path{
		"include.[].project_directory", "services.*.extends.file", "jobs.*.extends.file",
	} {
		casts[path] = g.cast("")
	}
	// The name of an extended service decides what is read, as a path does.
	for _, path := range []tree.Path{"services.*.extends", "services.*.extends.service", "jobs.*.extends", "jobs.*.extends.service"} {
		casts[path] = func(text string) (any, error) { return g.path(text) }
	}
	for _, path := range []tree.Path{"include.[].env_file", "include.[].env_file.[]"} {
		casts[path] = g.envFile()
	}
}

// stageDepth is the number of folders between the temporary folder of a [Stage] and the
// project in it, and maxClimb how many of them one path can go up. Every path starts in a
// directory inside the project's folder, or in the project_directory of an include there,
// so that no path points outside the temporary folder.
const (
	stageDepth = 2*maxClimb + 1
	maxClimb   = 16
)

var errHostilePath = errors.New("the path leaves the folder of the composition")

// checkHostilePath rejects a path in a file from a registry that can't be inside the
// composition's folder, regardless of the directory it is relative to.
func checkHostilePath(path string) error {
	if filepath.IsAbs(path) || strings.HasPrefix(path, "/") || strings.HasPrefix(path, "~") || strings.Contains(path, `\`) ||
		strings.ContainsRune(path, 0) || filepath.VolumeName(path) != "" || strings.Count(path, "..") > maxClimb {
		return errHostilePath
	}
	return nil
}
