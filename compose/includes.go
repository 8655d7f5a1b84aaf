package compose

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/pinning"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/source"
	"github.com/ocompose/ocompose/compose/internal/yamledit"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
	"github.com/ocompose/ocompose/internal/limits"
)

// A Fetch reads the composition in a registry that a Compose file includes or extends. The
// reference is written as it is there: "oci://example.com/shop:1".
type Fetch func(ctx context.Context, ref string) (Fetched, error)

// A Fetched is a composition in a registry.
type Fetched struct {
	// Ref is the reference with the digest of the composition, "oci://example.com/shop@sha256:…".
	Ref string
	// Files are those of the composition, in the order of its layers.
	Files []File
}

// An Include is a composition in a registry that Compose files of a project include or extend.
type Include struct {
	// Ref is the reference that the files of the package name it by, with a digest unless the
	// files are packaged as they are, and Written the one that they had when they were read.
	Ref, Written string
}

// remotes are the compositions in registries that the files of a project name.
type remotes struct {
	fetch Fetch
	set   *loading.Remotes
	// pinned are the references with digests, by those in the files.
	pinned map[string]string
}

func newRemotes(fetch Fetch) *remotes {
	return &remotes{fetch: fetch, set: &loading.Remotes{}, pinned: map[string]string{}}
}

// reader is how a file graph reads them; nil if nothing is fetched.
func (r *remotes) reader() func(context.Context, string) (*loading.Stage, error) {
	if r.fetch == nil {
		return nil
	}
	return r.stage
}

// stage reads one, once.
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

// unpinned warns of compositions that included ones include by a tag.
func (r *remotes) unpinned(graph *filegraph.Graph) []string {
	var warnings []string
	for _, f := range graph.Files {
		if f.Depth() > 1 && f.Name == f.Ref && !strings.Contains(f.Ref, "@sha256:") {
			text := fmt.Sprintf("%s includes %s by its tag, which may point at something else later (--bundle takes a copy along)", f.From.File, f.Ref)
			if !slices.Contains(warnings, text) {
				warnings = append(warnings, text)
			}
		}
	}
	return warnings
}

// pinIncludes replaces the references of included compositions in the project's own files by
// those with digests: no override changes what a file includes and extends.
func (l *loaded) pinIncludes(ctx context.Context) error {
	pinned := map[string]string{}
	for _, include := range l.remotes.includes(l.graph) {
		if other := l.remotes.pinned[include.Ref]; other != include.Ref {
			pinned[include.Ref] = other
		}
	}
	if len(pinned) == 0 || l.opts.AsIs && !l.opts.Archived {
		return nil
	}
	b, err := l.basis.repointed(ctx, pinned)
	if err != nil {
		return err
	}
	l.basis = b
	if l.absolute, err = b.model.Absolute(); err != nil {
		return err
	}
	l.repointed = pinned
	return nil
}

// repointed returns the basis with other references of included compositions in its Compose
// files, which has to mean the same.
func (b *basis) repointed(ctx context.Context, refs map[string]string) (*basis, error) {
	for ref, other := range refs {
		b.in.Remotes.Alias(ref, other)
	}
	more := b.on(slices.Clone(b.files), nil)
	more.in.Known = slices.Clip(more.in.Known)
	for i, f := range more.files {
		content, documents, err := b.repointedFile(ctx, f.Name, f.Content, f.Documents, refs)
		if err != nil {
			return nil, err
		}
		if documents != nil {
			more.files[i] = pinning.NewFile(f.Name, content, documents)
			more.files[i].ForRegistry = f.ForRegistry
			more.in.Known = append(more.in.Known, documents)
		}
	}
	var err error
	if more.carried, err = b.repointedCarried(ctx, b.carried, refs); err != nil {
		return nil, err
	}
	if more.model, err = more.load(ctx, nil, more.files, loading.Options{Trace: true}); err != nil {
		return nil, err
	}
	never := func(model.Path, any, any) bool { return false }
	if at, differs := model.Difference(b.model.Tree, more.model.Tree, never); differs {
		return nil, &problem.Error{Kind: problem.File, Reason: fmt.Sprintf("pinning included compositions would change %s: write their digests into the Compose files", at)}
	}
	return more, nil
}

// repointedFile edits one file. There are no documents if nothing changes.
func (b *basis) repointedFile(ctx context.Context, name string, content []byte, documents []*yaml.Node, refs map[string]string) ([]byte, []*yaml.Node, error) {
	interpolate := b.interpolation()
	values := map[*yaml.Node]string{}
	for node := range filegraph.References(documents) {
		text := yamlnode.Text(node)
		if strings.Contains(text, "$") {
			text = interpolate(text)
		}
		if ref, ok := refs[text]; ok {
			values[node] = ref
		}
	}
	if len(values) == 0 {
		return content, nil, nil
	}
	edited, after, err := yamledit.Replace(ctx, content, documents, values)
	if err != nil {
		return nil, nil, &problem.Error{Kind: problem.File, Position: problem.Position{File: name},
			Reason: "the reference of an included composition can't be replaced: write its digest into the file", Err: err}
	}
	return edited, after, nil
}

// repointedCarried edits those of the carried files that include or extend.
func (b *basis) repointedCarried(ctx context.Context, files []File, refs map[string]string) ([]File, error) {
	edited := slices.Clone(files)
	for i, f := range edited {
		ext := filepath.Ext(f.Name)
		if ext != ".yaml" && ext != ".yml" || !strings.Contains(string(f.Content), "oci://") && !strings.Contains(string(f.Content), "$") {
			continue
		}
		documents, err := yamlnode.Parse(ctx, f.Content)
		if err != nil || yamlnode.Check(documents) != nil {
			continue // no Compose file
		}
		content, _, err := b.repointedFile(ctx, f.Name, f.Content, documents, refs)
		if err != nil {
			return nil, err
		}
		edited[i].Content = content
	}
	return edited, nil
}

// Repoint returns the project with other references of compositions in registries that its
// files include or extend, by the references in the files. What they point at has to be the
// same, but for further references of that kind in it.
func (p *Project) Repoint(ctx context.Context, refs map[string]string) (*Project, error) {
	if len(refs) == 0 {
		return p, nil
	}
	b, err := p.basis(ctx)
	if err == nil {
		b, err = b.repointed(ctx, refs)
	}
	if err != nil {
		return nil, fmt.Errorf("replacing the references of included compositions: %w", public(err))
	}
	changed := *p
	changed.Files, changed.basis = composeFiles(b.files), known(b)
	if changed.Carried, err = b.repointedCarried(ctx, p.Carried, refs); err != nil {
		return nil, fmt.Errorf("replacing the references of included compositions: %w", public(err))
	}
	changed.Includes = slices.Clone(p.Includes)
	for i, include := range changed.Includes {
		if ref, ok := refs[include.Ref]; ok {
			changed.Includes[i].Ref = ref
		}
	}
	return &changed, nil
}

// foreignPaths returns the texts of included compositions that may be paths: what they name is
// with them, or on the machine where the application is deployed, and never packaged with
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

// collectPaths adds the texts below a value that may be paths.
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
