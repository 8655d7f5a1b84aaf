package compose

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/source"
	"github.com/ocompose/ocompose/internal/limits"
)

// A Fetch reads a composition from a registry that a Compose file includes or extends. The
// reference is as written in the file: "oci://example.com/shop:1".
type Fetch func(ctx context.Context, ref string) (Fetched, error)

// A Fetched is a composition in a registry.
type Fetched struct {
	// Ref is the reference with the digest of the composition, "oci://example.com/shop@sha256:…".
	Ref string
	// Files are the files of the composition, in the order of its layers.
	Files []File
}

// An Include is a composition in a registry that Compose files of a project include or extend.
type Include struct {
	// Ref is the reference in the packaged files, with a digest unless the files are packaged
	// unchanged, and Written the original reference in the files.
	Ref, Written string
}

// remotes are the compositions in registries that the files of a project refer to.
type remotes struct {
	fetch Fetch
	set   *loading.Remotes
	// pinned are the references with digests, by the reference in the files.
	pinned map[string]string
}

func newRemotes(fetch Fetch) *remotes {
	return &remotes{fetch: fetch, set: &loading.Remotes{}, pinned: map[string]string{}}
}

// reader returns the function with which a file graph reads them; nil if nothing is
// fetched.
func (r *remotes) reader() func(context.Context, string) (*loading.Stage, error) {
	if r.fetch == nil {
		return nil
	}
	return r.stage
}

// stage fetches a composition once.
func (r *remotes) stage(ctx context.Context, ref string) (*loading.Stage, error) {
	if known := r.set.Find(ref); known != nil {
		return known, nil
	}
	if r.set.Len() >= limits.Included {
		return nil, &limits.Error{What: "compositions that are included", Limit: limits.Included}
	}
	fetched, err := r.fetch(ctx, ref)
	if err != nil {
		return nil, err
	}
	_, digest, _ := strings.Cut(fetched.Ref, "@")
	stage, err := r.set.Add(ref, strings.ReplaceAll(digest, ":", "-"), staged(fetched.Files))
	if err != nil {
		return nil, err
	}
	r.set.Alias(ref, fetched.Ref)
	r.pinned[ref] = fetched.Ref
	return stage, nil
}

// includes lists the compositions that the project's own files name, by reference.
func (r *remotes) includes(graph *filegraph.Graph) []Include {
	named := map[string]bool{}
	for _, f := range graph.Files {
		if f.Ref != "" && f.Depth() == 1 {
			named[f.Ref] = true
		}
	}
	var all []Include
	for _, ref := range slices.Sorted(maps.Keys(named)) {
		all = append(all, Include{Ref: ref, Written: ref})
	}
	return all
}

// unpinned lists the references by tag with which included compositions include or extend
// others.
func (r *remotes) unpinned(graph *filegraph.Graph) []string {
	var found []string
	for _, f := range graph.Files {
		if f.Depth() > 1 && f.Name == f.Ref && !strings.Contains(f.Ref, "@sha256:") {
			if text := fmt.Sprintf("%s includes %s by its tag", f.From.File, f.Ref); !slices.Contains(found, text) {
				found = append(found, text)
			}
		}
	}
	return found
}

// foreignPaths returns the strings of included compositions that may be paths: those files
// are in the included composition or on the deployment host, and are never packaged with
// the project.
func (l *loaded) foreignPaths(ctx context.Context) (map[string]bool, error) {
	found := map[string]bool{}
	for _, f := range l.graph.Files {
		if f.Depth() != 1 || f.Name != f.Ref {
			continue
		}
		in := l.basis.in
		in.Env, in.Known = f.Env, nil
		content := fmt.Sprintf("include: [{path: %q, project_directory: %q}]\n", f.Ref, f.Dir())
		in.Files = []loading.File{{Path: filepath.Join(in.Dir, source.MainName), Content: []byte(content)}}
		m, err := loading.Load(ctx, in, loading.Options{Absolute: true, Unchecked: true})
		if err != nil {
			return nil, l.diagnose(err)
		}
		collectPaths(m.Tree, in.Dir, found)
	}
	return found, nil
}

// collectPaths adds the strings below a value that may be paths.
func collectPaths(value any, dir string, found map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		for _, each := range value {
			collectPaths(each, dir, found)
		}
	case []any:
		for _, each := range value {
			collectPaths(each, dir, found)
		}
	case string:
		if filepath.IsAbs(value) {
			found[filepath.Clean(value)] = true
		}
		found[value] = true
		for _, prefix := range []string{"seccomp=", "seccomp:"} {
			if path, ok := strings.CutPrefix(value, prefix); ok {
				found[localfile.Absolute(dir, path)] = true
			}
		}
	}
}
