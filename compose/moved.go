package compose

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/carry"
	"github.com/ocompose/ocompose/compose/internal/envfile"
	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/source"
)

// moved are the files and folders of included compositions that become part of a flattened
// project.
type moved struct {
	// paths are the new paths, by path in the model.
	paths map[string]string
	// files are the files of the compositions.
	files []carry.File
	// names are the names in the project folder for the files and folders. taken also has the
	// names that the project uses.
	names, taken map[string]bool
}

// moveIncluded gives the files and folders of included compositions in the model unused names in
// the project folder.
func (l *loaded) moveIncluded(p *Project) (*moved, error) {
	m := &moved{paths: map[string]string{}, names: map[string]bool{}, taken: map[string]bool{source.MainName: true, source.PinsName: true}}
	if l.remotes.set.Len() == 0 {
		return m, nil
	}
	named := map[string]bool{}
	collectPaths(l.absolute, "", named)
	for name := range named {
		if rel, err := filepath.Rel(p.Dir, name); err == nil && filepath.IsAbs(name) && filepath.IsLocal(rel) {
			first, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
			m.taken[first] = true
		}
	}
	// folders are the new names of the first folders of paths.
	folders := map[string]string{}
	for _, at := range slices.Sorted(maps.Keys(named)) {
		name, _, ok := l.remotes.set.Name(at)
		if !ok {
			continue
		}
		if name = path.Clean(name); name == "." {
			return nil, &problem.Error{Kind: problem.File, Reason: fmt.Sprintf("the Compose files can't be merged into one: "+
				"%s mounts its own folder, which would be that of the project; without --flatten, a file next to compose.yaml can include it", l.remotes.set.Ref(at))}
		}
		if content, ok := l.remotes.set.Content(at); ok {
			free := m.free(p.Dir, path.Base(name))
			m.paths[at] = filepath.Join(p.Dir, free)
			m.files = append(m.files, carry.File{Name: free, Path: at, Source: free, Content: content})
			continue
		}
		first, rest, _ := strings.Cut(name, "/")
		folder := strings.TrimSuffix(at, strings.TrimPrefix(name, first))
		if folders[folder] == "" {
			folders[folder] = m.free(p.Dir, first)
		}
		m.paths[at] = filepath.Join(p.Dir, folders[folder], filepath.FromSlash(rest))
	}
	return m, nil
}

// free returns an unused name in the project folder.
func (m *moved) free(dir, name string) string {
	for {
		free := source.FreeName(name, m.taken)
		if _, err := os.Lstat(filepath.Join(dir, free)); err != nil {
			m.names[free] = true
			return free
		}
	}
}

// broughtVariables returns the names of the variables that the env files of included
// compositions set.
func (l *loaded) broughtVariables() map[string]bool {
	names := map[string]bool{}
	for _, f := range l.graph.Files {
		if f.Role != filegraph.EnvFile || f.Ref == "" {
			continue
		}
		if vars, err := envfile.Parse(nil, envfile.File{Path: f.Path, Content: f.Content}); err == nil {
			for name := range vars {
				names[name] = true
			}
		}
	}
	return names
}
