package compose

import (
	"context"
	"maps"
	"slices"

	"github.com/ocompose/ocompose/compose/internal/carry"
	"github.com/ocompose/ocompose/compose/internal/flatten"
	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/pinning"
	"github.com/ocompose/ocompose/compose/internal/source"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// carried is what carrying files found out.
type carried struct {
	result carry.Result
	// host are the absolute paths that the files name.
	host map[string]bool
}

// carry collects the carried files.
func (l *loaded) carry(p *Project) carried {
	marks := l.basis.in.Marks.Unset
	host := carry.HostPaths(l.graph, marks)
	opts := carry.Options{
		Dir: p.Dir, WithEnv: l.opts.WithEnv, WithFiles: l.opts.WithFiles, MaxFilesSize: l.opts.MaxFilesSize, Archived: l.opts.Archived,
		Flat: l.opts.Flatten, Marks: marks, Host: host, Secrets: carry.SecretFiles(l.absolute), Mains: p.Sources,
	}
	if opts.MaxFilesSize == 0 {
		opts.MaxFilesSize = DefaultMaxFilesSize
	}
	result := carry.Carry(opts, carry.Needs(l.graph, l.absolute, p.Services), carry.Binds(l.graph, l.absolute, p.Services, marks))
	for _, f := range result.Files {
		file := File{Name: f.Name, Content: f.Content, Kind: RestoredFile, Executable: f.Executable}
		if f.Extra {
			file.Kind = ExtraFile
		}
		p.Carried = append(p.Carried, file)
	}
	p.Warnings = append(p.Warnings, result.Warnings...)
	return carried{result: result, host: host}
}

// flatten replaces the Compose files of the project by one. It returns the values that
// this one takes over from env files, by name.
func (l *loaded) flatten(ctx context.Context, p *Project, c carried) (map[string]string, error) {
	b, original := l.basis, l.absolute
	if l.opts.SingleFile {
		var err error
		if b, err = l.withGivenImages(ctx, p); err != nil {
			return nil, err
		}
		if original, err = b.absolute(ctx, l.basis, original); err != nil {
			return nil, l.diagnose(err)
		}
	}
	in := b.in
	in.Files = b.loadingFiles(b.files)
	marks, err := flatten.NewMarks(inputsOf(l.graph, in.Env, slices.Collect(maps.Values(l.opts.Images))...))
	if err != nil {
		return nil, err
	}
	// The basis of what was read last.
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
		Input: in, Original: original, Graph: l.graph, Names: c.result.FlatNames, Host: c.host,
		WithEnv: l.opts.WithEnv, Marks: marks, Read: read, Diagnose: l.diagnose,
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
	b := &basis{in: l.basis.in, paths: l.basis.paths[:1]}
	b.in.Known = append(b.in.Known[:len(b.in.Known):len(b.in.Known)], documents)
	b.files = []pinning.File{pinning.NewFile(source.MainName, content, documents)}
	b.model, err = b.load(ctx, nil, b.files, loading.Options{Trace: true})
	return b, err
}
