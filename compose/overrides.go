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
	// lastingName is the name of the override that applies to every deployment, and
	// registryName that of the override that Docker Compose needs only when it reads the
	// project from a registry.
	lastingName  = "file-references.yaml"
	registryName = "registry-files.yaml"
)

// ownFiles is how many files packaging may add to those of the project: two overrides and the pins.
const ownFiles = 3

// override adds the overrides that carried files need, and lists the requirements on the
// deployment host.
func (l *loaded) override(ctx context.Context, p *Project, result carry.Result) error {
	if err := l.addOverride(ctx, p, lastingName, result.Lasting, false); err != nil {
		return err
	}
	b, err := p.basis(ctx)
	if err != nil {
		return err
	}
	p.Requires = requires(b, p)
	ends, err := l.endChanges(ctx)
	if err != nil {
		return err
	}
	return l.addOverride(ctx, p, registryName, append(ends, result.ForRegistry...), true)
}

// addOverride adds an override that makes changes to the Compose files. It is read back to
// verify that it changes nothing else.
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
		return &problem.Error{Kind: problem.File, Reason: fmt.Sprintf("writing %s, with which Docker Compose finds the files of the project (--as-is packages the project without it)", name), Err: err}
	}
	p.basis = known(changed)
	p.Files = composeFiles(changed.files)
	return nil
}

// changed returns the basis with an override that makes changes, under a name that no file
// of p has.
func (b *basis) changed(ctx context.Context, p *Project, name string, changes []override.Change, forRegistry bool) (*basis, error) {
	copier := override.Copier{Model: b.model, Marks: b.in.Marks.Unset, Interpolate: b.interpolation(), Relative: b.relative}
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
			if at, differs := model.Difference(want, changed.model.Tree, b.sameModeOrPath); differs {
				err = fmt.Errorf("it would change %s", at)
			}
		}
		if err == nil {
			return changed, nil
		}
	}
	return nil, err
}

// sameModeOrPath reports whether two values are the same file mode, which the loader may
// convert to a number, or the same path in the project folder.
func (b *basis) sameModeOrPath(at model.Path, a, c any) bool {
	if override.IsRelative(b.relative, a, c) {
		return true
	}
	return len(at) > 0 && at[len(at)-1] == "mode" && fmt.Sprint(a) != "" && fmt.Sprint(c) != ""
}

// with returns the basis with an additional file.
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
	more.model, err = more.loadModel(ctx, nil, more.files, loading.Options{Trace: true})
	return more, err
}

// requires lists what a project requires on the deployment host.
func requires(b *basis, p *Project) []Requirement {
	dir := p.Dir
	if b.opened {
		dir = loading.StagedAs
	}
	names := map[string]bool{source.MainName: true}
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
