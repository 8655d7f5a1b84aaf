package repotest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	root   = "../.." // of the module, relative to this package's folder
	module = "github.com/ocompose/ocompose"
)

// file is a file of the repository, with its slash-separated path.
type file struct {
	path    string
	content string
}

// production reports whether f is a Go source file and not a test.
func (f file) production() bool {
	return strings.HasSuffix(f.path, ".go") && !strings.HasSuffix(f.path, "_test.go") && !strings.Contains(f.path, "testdata/")
}

// files reads the whole repository except build output and .git.
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
			case ".git", ".tools", "bin", "dist", "dist-host":
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || rel == "ocompose" || rel == ".git" {
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
