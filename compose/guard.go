package compose

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/consts"
	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/tree"
)

// includeMark stands before the path of an include, so that an includeLoader and not
// the loader's own reading takes it.
const includeMark = "\uF8F2"

// maxIncludes bounds how often files are included; a file can be included again and
// again in another directory.
const maxIncludes = 2000

// An includeLoader resolves the paths of includes. Docker Compose's own way leaves
// the directory of an include within an include relative to the directory that the
// process happens to run in; here it is always absolute. It also is the place where
// files of a registry are kept from reaching outside their folder.
type includeLoader struct {
	// dir is the project directory.
	dir string
	// within, if set, is the folder that no file may be outside of.
	within string
	// dirs are the project directories of the included files, by their path.
	dirs map[string]string
	// file and base are the last file loaded and what its path was relative to.
	file, base string
	count      int
	// left is the error of a project directory outside of within.
	left error
}

// Accept takes the paths of includes.
func (l *includeLoader) Accept(path string) bool { return strings.HasPrefix(path, includeMark) }

// Load returns the absolute path of an include.
func (l *includeLoader) Load(ctx context.Context, path string) (string, error) {
	path = strings.TrimPrefix(path, includeMark)
	if l.count++; l.count > maxIncludes {
		return "", errTooManyFiles
	}
	if remotePath.MatchString(path) {
		return "", fmt.Errorf("include: %q is not a local file: only local ones can be packaged", path)
	}
	l.base = l.dir
	if includer, ok := ctx.Value(consts.ComposeFileKey{}).(string); ok {
		if dir, ok := l.dirs[includer]; ok {
			l.base = dir
		}
	}
	l.file = absolute(l.base, path)
	if l.within != "" && !inside(l.within, l.file) {
		return "", leavesFolder(path, "include")
	}
	if l.dirs == nil {
		l.dirs = map[string]string{}
	}
	l.dirs[l.file] = filepath.Dir(l.file)
	return l.file, nil
}

// Dir returns the directory that the last include's paths are relative to: of the file
// itself, or what its project_directory says. It is inside of l.within, so that no chain
// of includes climbs further than one path of each can.
func (l *includeLoader) Dir(path string) string {
	if path != l.file {
		dir := absolute(l.base, path)
		if l.within != "" && !inside(l.within, dir) {
			dir, l.left = l.within, leavesFolder(path, "the project_directory of an include")
		}
		l.dirs[l.file] = dir
	}
	return l.dirs[l.file]
}

// leavesFolder is the error of a path in a composition that leads out of its folder.
func leavesFolder(path, what string) *Error {
	return &Error{Problem: ProblemFile, Subject: path, Reason: fmt.Sprintf("%s: %q leaves the folder of the composition", what, path)}
}

// inside tells whether path is dir or below it, by name.
func inside(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// guardPaths marks the paths of includes for the includeLoader and, if the files are
// hostile, checks every path that the loader reads by itself.
func guardPaths(casts map[tree.Path]interpolation.Cast, hostile bool, replace func(string) (string, error)) {
	guard := func(mark string) interpolation.Cast {
		return func(value string) (any, error) {
			value, err := replace(value)
			if err == nil && hostile {
				err = checkHostilePath(value)
			}
			return mark + value, err
		}
	}
	for _, path := range []tree.Path{"include.[]", "include.[].path", "include.[].path.[]"} {
		casts[path] = guard(includeMark)
	}
	for _, path := range []tree.Path{
		"include.[].project_directory", "include.[].env_file", "include.[].env_file.[]",
		"services.*.extends.file", "jobs.*.extends.file",
	} {
		casts[path] = guard("")
	}
}

// stageDepth is how many folders lie between the temporary folder that the files of a
// registry are written to and the project in it, and maxClimb how many of them one
// path can go up. Every path starts at a directory inside of the project's folder, or
// at one that an include's project_directory names from there, so that none comes out
// of the temporary folder.
const (
	stageDepth = 2*maxClimb + 1
	maxClimb   = 16
)

var errHostilePath = errors.New("the path leaves the folder of the composition")

// checkHostilePath refuses a path in a file of a registry that can't be inside of the
// composition's folder, wherever in it the path is relative to.
func checkHostilePath(path string) error {
	if filepath.IsAbs(path) || strings.HasPrefix(path, "/") || strings.HasPrefix(path, "~") || strings.Contains(path, `\`) ||
		strings.ContainsRune(path, 0) || filepath.VolumeName(path) != "" || strings.Count(path, "..") > maxClimb {
		return errHostilePath
	}
	return nil
}
