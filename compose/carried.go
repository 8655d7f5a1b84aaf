package compose

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/carry"
	"github.com/ocompose/ocompose/compose/internal/flatten"
	"github.com/ocompose/ocompose/compose/internal/ignore"
	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/mounts"
	"github.com/ocompose/ocompose/compose/internal/pinning"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/source"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// carry collects the carried files. It first flattens the project if that is requested, or
// if Docker Compose could not load it from a registry. given are the values that the
// flattened file takes from env files, by name.
func (l *loaded) carry(ctx context.Context, p *Project) (result carry.Result, given map[string]string) {
	opts := l.carryOptions(p)
	needs := carry.Needs(l.graph, l.absolute, p.Services)
	reasons := l.reasonsToFlatten(carry.Unreadable(opts, needs), p)
	l.flattened = l.opts.Flatten || len(reasons) > 0
	opts.Flat = l.flattened
	all := mounts.Find(mounts.Project{
		Dir: p.Dir, Graph: l.graph, Model: l.basis.model.Tree, Absolute: l.absolute, Packaged: p.Services, Marks: opts.Marks,
	})
	var err error
	if l.remotes.set.Len() > 0 {
		var foreign map[string]bool
		if foreign, err = l.foreignPaths(ctx); err != nil {
			return carry.Result{Errs: []error{err}}, nil
		}
		needs, all = carry.WithoutForeign(needs, all, foreign)
	}
	if opts.Flat {
		if l.moved, err = l.moveIncluded(p); err != nil {
			return carry.Result{Errs: []error{err}}, nil
		}
		opts.Taken = l.moved.names
	}
	if opts.Flat && l.opts.Archived {
		result, given, err = l.carryArchived(ctx, p, opts, needs, all)
	} else {
		if opts.Flat {
			given, err = l.flattenFor(ctx, p, reasons, opts.Host)
		}
		if b, basisErr := p.basis(ctx); basisErr == nil {
			opts.Raw = b.raw
		}
		result = carry.Carry(opts, needs, all)
	}
	if err != nil {
		result.Errs = append(result.Errs, err)
	}
	if opts.Flat {
		p.Includes = nil
		result.Files = append(result.Files, l.moved.files...)
		slices.SortFunc(result.Files, func(a, b carry.File) int { return strings.Compare(a.Name, b.Name) })
	} else if err := l.repointCarried(ctx, result.Files); err != nil {
		result.Errs = append(result.Errs, err)
	}
	for _, f := range result.Files {
		file := File{Name: f.Name, Content: f.Content, Kind: RestoredFile, RestoredAs: f.RestoredAs, Executable: f.Executable}
		if f.Extra {
			file.Kind = ExtraFile
		}
		p.Carried = append(p.Carried, file)
	}
	p.Warnings = append(p.Warnings, result.Warnings...)
	if watched := carry.Watched(l.absolute, p.Dir, p.Services, opts.Marks); len(watched) > 0 {
		p.Warnings = append(p.Warnings, "paths that docker compose watch monitors are not packaged: "+strings.Join(watched, ", "))
	}
	return result, given
}

// reasonsToFlatten returns why the project has to be flattened. unreadable are the files that
// Docker Compose can't read from a registry.
func (l *loaded) reasonsToFlatten(unreadable []string, p *Project) []string {
	asIs := l.opts.AsIs && !l.opts.Archived
	var reasons []string
	if len(unreadable) > 0 && !asIs {
		reasons = append(reasons, fmt.Sprintf("Docker Compose can't read %s from a registry", strings.Join(unreadable, ", ")))
	}
	if !l.opts.PinIncluded || l.opts.Flatten {
		return reasons
	}
	for _, unpinned := range l.remotes.unpinned(l.graph) {
		reason := unpinned + ", which may point at something else later"
		if asIs {
			p.Warnings = append(p.Warnings, reason)
		} else {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

// flattenFor flattens the project because that is requested, or for other reasons.
func (l *loaded) flattenFor(ctx context.Context, p *Project, reasons []string, host map[string]bool) (map[string]string, error) {
	given, err := l.flatten(ctx, p, l.basis, l.absolute, host)
	if l.opts.Flatten {
		return given, err
	}
	reason := strings.Join(reasons, "; ")
	if err != nil {
		return nil, &problem.Error{Kind: problem.File, Reason: reason + ". Merging the Compose files into one", Err: err}
	}
	p.Warnings = append(p.Warnings, reason+", so the Compose files are merged into one (--as-is keeps them, for use with pull only)")
	return given, nil
}

// carryOptions returns the options for carrying files.
func (l *loaded) carryOptions(p *Project) carry.Options {
	marks := l.basis.in.Marks
	opts := carry.Options{
		Dir: p.Dir, WithEnv: l.opts.WithEnv, MaxFilesSize: cmp.Or(l.opts.MaxFilesSize, DefaultMaxFilesSize),
		AsIs: l.opts.AsIs, Archived: l.opts.Archived, ShortVolumes: l.opts.ShortVolumes, Marks: marks.Unset, HasMarks: marks.In, Host: l.basis.host,
		Secrets: carry.SecretFiles(l.absolute), Mains: p.Sources,
		HasSecret: l.hasSecret, Raw: l.basis.raw, Ignored: ignore.New(p.Dir).By, ConfigNames: map[string]bool{},
	}
	for _, path := range l.opts.Exclude {
		opts.Excluded = append(opts.Excluded, localfile.Absolute(p.Dir, path))
	}
	switch {
	case l.opts.WithFiles:
		opts.Mounted = carry.MountedAll
	case l.opts.WithoutFiles:
		opts.Mounted = carry.MountedNone
	}
	for name := range model.Entries(l.absolute["configs"]) {
		opts.ConfigNames[name] = true
	}
	return opts
}

// raw returns the value at a place of the model as written in the files.
func (b *basis) raw(at model.Path) string {
	text, _ := model.Text(b.model.Tree, at)
	return b.model.Raw(text)
}

// flatten replaces the Compose files of the project with one that has the same model as the
// files of b: original, with absolute paths. It returns the values that the new file takes
// from env files, by name.
func (l *loaded) flatten(ctx context.Context, p *Project, b *basis, original map[string]any, host map[string]bool) (map[string]string, error) {
	in := b.in
	in.Files = b.loadingFiles(b.files)
	inputs := inputsOf(l.graph, in.Env)
	for _, f := range b.files {
		for _, document := range f.Documents {
			addNode(inputs, document)
		}
	}
	marks, err := flatten.NewMarks(inputs)
	if err != nil {
		return nil, err
	}
	// The basis of the last file that was read.
	var last *basis
	read := func(ctx context.Context, content []byte) (*loading.Model, error) {
		var err error
		last, err = l.flatBasis(ctx, content)
		if err != nil {
			return nil, err
		}
		return last.model, nil
	}
	flat, err := flatten.Flatten(ctx, flatten.Options{
		Input: in, Original: original, Graph: l.graph, Host: host, Moved: l.moved.paths, Brought: l.broughtVariables(),
		WithEnv: l.opts.WithEnv, ShortVolumes: l.opts.ShortVolumes, Marks: marks, Read: read, Diagnose: l.diagnose,
	})
	if err != nil {
		return nil, err
	}
	p.Files = []File{{Name: source.MainName, Content: flat.Content}}
	p.basis = known(last)
	if string(last.files[0].Content) != string(flat.Content) {
		p.basis = func(ctx context.Context) (*basis, error) { return l.flatBasis(ctx, flat.Content) }
	}
	return flat.Given, nil
}

// flatBasis reads a flattened file.
func (l *loaded) flatBasis(ctx context.Context, content []byte) (*basis, error) {
	documents, err := yamlnode.Parse(ctx, content)
	if err != nil {
		return nil, err
	}
	b := &basis{in: l.basis.in, host: l.basis.host, paths: l.basis.paths[:1]}
	b.in.Known = append(b.in.Known[:len(b.in.Known):len(b.in.Known)], documents)
	b.files = []pinning.File{pinning.NewFile(source.MainName, content, documents)}
	b.model, err = b.loadModel(ctx, nil, b.files, loading.Options{Trace: true})
	return b, err
}
