package compose

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/carry"
	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/pinning"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/yamledit"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// pinIncludes replaces the references of included compositions in the project's own files
// with references by digest: no override can change the includes and extends of a file.
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
// files, and verifies that the model is the same.
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
	if more.model, err = more.loadModel(ctx, nil, more.files, loading.Options{Trace: true}); err != nil {
		return nil, err
	}
	extension := func(at model.Path, _, _ any) bool {
		key, _ := at[0].(string)
		return strings.HasPrefix(key, "x-") // where an anchor of the reference may be
	}
	if at, differs := model.Difference(b.model.Tree, more.model.Tree, extension); differs {
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

// repointedCarried edits the carried files that include or extend compositions.
func (b *basis) repointedCarried(ctx context.Context, files []File, refs map[string]string) ([]File, error) {
	edited := slices.Clone(files)
	for i, f := range edited {
		ext := filepath.Ext(f.Name)
		if ext != ".yaml" && ext != ".yml" || !strings.Contains(string(f.Content), "oci://") && !strings.Contains(string(f.Content), "$") {
			continue
		}
		documents, err := yamlnode.Parse(ctx, f.Content)
		if err != nil || yamlnode.Check(documents) != nil {
			continue // not a Compose file
		}
		content, _, err := b.repointedFile(ctx, f.Name, f.Content, documents, refs)
		if err != nil {
			return nil, err
		}
		edited[i].Content = content
	}
	return edited, nil
}

// Repoint returns the project with other references of included or extended compositions in
// registries, by the reference in the files. The content they point at must be the same,
// except for references to further compositions in it.
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

// repointCarried pins the compositions in registries that carried files include or extend.
func (l *loaded) repointCarried(ctx context.Context, files []carry.File) error {
	for _, f := range l.graph.Files {
		if len(l.repointed) == 0 || f.Ref != "" || f.Role != filegraph.Included && f.Role != filegraph.Extended {
			continue
		}
		content, _, err := l.basis.repointedFile(ctx, f.Name, f.Content, f.Documents, l.repointed)
		if err != nil {
			return err
		}
		for i := range files {
			if files[i].Path == f.Path {
				files[i].Content = content
			}
		}
	}
	return nil
}
