package house

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	root   = "../.." // of the module, from this package's folder
	module = "github.com/ocompose/ocompose"
)

// file is one of the repository's files, by its slash-separated path.
type file struct {
	path    string
	content string
}

// production says whether f is Go source of the program: not a test's.
func (f file) production() bool {
	return strings.HasSuffix(f.path, ".go") && !strings.HasSuffix(f.path, "_test.go") && !strings.Contains(f.path, "testdata/")
}

// files reads the whole repository: what is written by hand or generated, but
// neither built programs nor what belongs to git.
func files(t *testing.T) []file {
	t.Helper()
	var all []file
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if entry.IsDir() {
			switch rel {
			case ".git", ".tools", "bin":
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || rel == "ocompose" || rel == ".git" { // .git is a file in a worktree
			return nil
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		all = append(all, file{rel, string(content)})
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// edge is an import: the package at path from, relative to the module, imports
// the package to, relative as well where it is the module's own.
type edge struct{ from, to string }

// imports returns every import of the program's source on every platform,
// which go list would only tell of the platform it runs on.
func imports(t *testing.T, all []file) []edge {
	t.Helper()
	var edges []edge
	for _, f := range all {
		if !f.production() {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.path, f.content, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range parsed.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			edges = append(edges, edge{path.Dir(f.path), strings.TrimPrefix(to, module+"/")})
		}
	}
	return edges
}
