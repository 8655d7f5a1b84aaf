// Package ignore finds the files that a project ignores with .gitignore and .dockerignore
// files.
package ignore

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/ocompose/ocompose/compose/internal/localfile"
)

// The names of the files with rules.
const (
	gitFile    = ".gitignore"
	dockerFile = ".dockerignore"
)

// A Matcher has the rules for the files of one folder.
type Matcher struct {
	dir string
	// above are the rules of the folders above dir, up to that of the repository.
	above []rules
	// below caches the rules of dir and of folders below it.
	below map[string]rules
	// docker are the rules of .dockerignore; nil if there are none.
	docker *patternmatcher.PatternMatcher
	// tracked returns the files that Git tracks, by name in dir.
	tracked func() map[string]bool
}

// New returns the rules for the files below dir, which is absolute.
func New(dir string) *Matcher {
	repository, folders := findRepository(dir)
	m := &Matcher{dir: dir, below: map[string]rules{}}
	m.tracked = sync.OnceValue(func() map[string]bool { return tracked(repository, dir) })
	for _, folder := range folders {
		rel, err := filepath.Rel(folder, dir)
		if err != nil {
			continue
		}
		m.above = append(m.above, readRules(folder, filepath.ToSlash(rel)))
	}
	if content, err := localfile.Read(filepath.Join(dir, dockerFile)); err == nil {
		patterns, err := ignorefile.ReadAll(strings.NewReader(string(content)))
		if err == nil {
			m.docker, _ = patternmatcher.New(patterns)
		}
	}
	return m
}

// findRepository returns the folder of the repository that dir is in, and the folders above
// dir in it, outermost first. Outside a repository there are none.
func findRepository(dir string) (repository string, above []string) {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, gitFolder)); err == nil {
			return at, above
		}
		if at == filepath.Dir(at) {
			return "", nil
		}
		above = append([]string{filepath.Dir(at)}, above...)
	}
}

// By returns the name of the file with the rule that ignores a file or a folder,
// ".gitignore" or ".dockerignore", or "". Git does not ignore files that it tracks. Name is
// relative to the folder of the Matcher, with slashes.
func (m *Matcher) By(name string, isDir bool) string {
	for at := 0; at >= 0; {
		part, folder := name, isDir
		if next := strings.IndexByte(name[at:], '/'); next >= 0 {
			part, folder, at = name[:at+next], true, at+next+1
		} else {
			at = -1
		}
		// Everything in an ignored folder is ignored, regardless of other rules.
		if m.byGit(part, folder) {
			if m.tracked()[name] {
				break
			}
			return gitFile
		}
	}
	// Below an ignored folder, other rules may re-include a file.
	if m.docker != nil && !isDir {
		if matches, err := m.docker.MatchesOrParentMatches(name); err == nil && matches {
			return dockerFile
		}
	}
	return ""
}

// byGit applies the rules of all .gitignore files to one path: the last match decides.
func (m *Matcher) byGit(name string, isDir bool) bool {
	ignored := false
	for _, above := range m.above {
		above.apply(path.Join(above.prefix, name), isDir, &ignored)
	}
	for dir := "."; ; {
		rel := name
		if dir != "." {
			rel = strings.TrimPrefix(name, dir+"/")
		}
		m.rulesOf(dir).apply(rel, isDir, &ignored)
		first, _, more := strings.Cut(rel, "/")
		if !more {
			return ignored
		}
		dir = path.Join(dir, first)
	}
}

// rulesOf returns the rules of a folder at or below that of the Matcher.
func (m *Matcher) rulesOf(dir string) rules {
	known, ok := m.below[dir]
	if !ok {
		known = readRules(filepath.Join(m.dir, filepath.FromSlash(dir)), "")
		m.below[dir] = known
	}
	return known
}
