package compose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/carry"
	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/override"
	"github.com/ocompose/ocompose/compose/internal/pinning"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/requirement"
	"github.com/ocompose/ocompose/compose/internal/source"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

const (
	// lastingName is the name of the override with what holds wherever the project is
	// deployed, and registryName that of the one which Docker Compose needs when it reads
	// the project from a registry.
	lastingName  = "file-references.yaml"
	registryName = "registry-files.yaml"
)

// override adds the overrides of a project that carrying files asks for, and lists what the
// place of deployment has to have.
func (l *loaded) override(ctx context.Context, p *Project, result carry.Result) error {
	if err := l.addOverride(ctx, p, lastingName, result.Lasting, false); err != nil {
		return err
	}
	b, err := p.basis(ctx)
	if err != nil {
		return err
	}
	p.Requires = requires(b, p)
	return l.addOverride(ctx, p, registryName, result.ForRegistry, true)
}

// addOverride adds an override that makes changes to the Compose files. It is read back, and
// has to change what it should and nothing else.
func (l *loaded) addOverride(ctx context.Context, p *Project, name string, changes []override.Change, forRegistry bool) error {
	if len(changes) == 0 {
		return nil
	}
	b, err := p.basis(ctx)
	if err != nil {
		return err
	}
	changed, err := b.changed(ctx, p, name, changes, forRegistry)
	if err != nil && l.opts.Archived {
		return &problem.Error{Kind: problem.File, Reason: "changing the Compose files so that they name the packaged files", Err: err}
	}
	if err != nil {
		return &problem.Error{Kind: problem.File, Reason: fmt.Sprintf("writing %s, which has Docker Compose find the files of the project (--as-is packages it without)", name), Err: err}
	}
	p.basis = known(changed)
	p.Files = composeFiles(changed.files)
	return nil
}

// changed returns the basis with an override that makes changes, under a name that no file
// of p has.
func (b *basis) changed(ctx context.Context, p *Project, name string, changes []override.Change, forRegistry bool) (*basis, error) {
	copier := override.Copier{Model: b.model, Marks: b.in.Marks.Unset, Interpolate: b.interpolation()}
	var err error
	if b.model.LostVariables() {
		if copier.Written, err = b.project(nil).AsWritten(ctx); err != nil && ctx.Err() != nil {
			return nil, err
		}
	}
	taken := map[string]bool{source.PinsName: true}
	for _, f := range slices.Concat(composeFiles(b.files), p.Carried) {
		taken[f.Name], taken[f.RestoredAs] = true, true
	}
	name = source.FreeName(name, taken)
	for _, escaped := range []bool{false, true} {
		copier.Escaped = escaped
		root, want := override.Changes(&copier, changes)
		var changed *basis
		if changed, err = b.with(ctx, name, root, forRegistry); err == nil {
			if at, differs := model.Difference(want, changed.model.Tree, sameMode); differs {
				err = fmt.Errorf("it would change %s", at)
			}
		}
		if err == nil {
			return changed, nil
		}
	}
	return nil, err
}

// sameMode reports whether two values are the same mode of a file, which the loader may make
// a number of.
func sameMode(at model.Path, a, b any) bool {
	return len(at) > 0 && at[len(at)-1] == "mode" && fmt.Sprint(a) != "" && fmt.Sprint(b) != ""
}

// with returns the basis with one more file.
func (b *basis) with(ctx context.Context, name string, root map[string]any, forRegistry bool) (*basis, error) {
	content, err := override.Encode(root)
	if err != nil {
		return nil, err
	}
	if b.in.Remotes.Len() > 0 && strings.Contains(string(content), loading.RemoteAs) {
		return nil, errors.New("it would have to name files of an included composition, whose folder is not known")
	}
	documents, err := yamlnode.Parse(ctx, content)
	if err != nil {
		return nil, err
	}
	file := pinning.NewFile(name, content, documents)
	file.ForRegistry = forRegistry
	more := b.on(append(slices.Clip(b.files), file), nil)
	more.in.Known = append(slices.Clip(more.in.Known), documents)
	more.model, err = more.load(ctx, nil, more.files, loading.Options{Trace: true})
	return more, err
}

// requires lists what the place of deployment has to have for a project.
func requires(b *basis, p *Project) []Requirement {
	dir := p.Dir
	if b.opened {
		dir = loading.StagedAs
	}
	names := map[string]bool{}
	for _, f := range p.Carried {
		names[f.Name] = true
		if f.RestoredAs != "" {
			names[f.RestoredAs] = true
		}
	}
	has := func(name string) bool {
		for carried := range names {
			if carried == name || strings.HasPrefix(carried, name+"/") {
				return true
			}
		}
		return false
	}
	var all []Requirement
	for _, r := range requirement.Find(requirement.Project{Model: b.model.Tree, Dir: dir, Packaged: p.Services, Has: has, Marks: b.in.Marks.Unset}) {
		name, carried, ok := b.in.Remotes.Name(r.Path)
		if ok && carried {
			continue
		}
		if ok {
			r.Path = name
		}
		all = append(all, Requirement(r))
	}
	return all
}
