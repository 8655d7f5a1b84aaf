package ignore

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/index"

	"github.com/ocompose/ocompose/compose/internal/localfile"
)

// gitFolder is the folder of a repository's data, or a file with the path of that folder.
const gitFolder = ".git"

// tracked returns the files that Git tracks below dir, by name in dir. It reads the index of the
// repository and runs nothing. An unsupported index, such as a split one, has no files.
//
// See https://git-scm.com/docs/index-format.
func tracked(repository, dir string) map[string]bool {
	if repository == "" {
		return nil
	}
	prefix, err := filepath.Rel(repository, dir)
	if err != nil {
		return nil
	}
	content, err := localfile.Read(filepath.Join(dataFolder(repository), "index"))
	if err != nil {
		return nil
	}
	files := map[string]bool{}
	for _, name := range entries(content) {
		if rel, ok := strings.CutPrefix(name, filepath.ToSlash(prefix)+"/"); ok || prefix == "." {
			files[rel] = true
		}
	}
	return files
}

// entries returns the names of the files in an index; none if it is invalid.
func entries(content []byte) []string {
	var read index.Index
	if err := index.NewDecoder(bytes.NewReader(content)).Decode(&read); err != nil {
		return nil
	}
	var names []string
	for _, entry := range read.Entries {
		names = append(names, entry.Name)
	}
	return names
}

// dataFolder returns the folder with the index of a repository. Worktrees and submodules have a
// file with its path instead.
//
// See https://git-scm.com/docs/gitrepository-layout.
func dataFolder(repository string) string {
	path := filepath.Join(repository, gitFolder)
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return path
	}
	content, err := localfile.Read(path)
	if err != nil {
		return path
	}
	named, ok := strings.CutPrefix(string(content), "gitdir:")
	if !ok {
		return path
	}
	return localfile.Absolute(repository, strings.TrimSpace(named))
}
