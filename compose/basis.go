package compose

import (
	"context"
	"maps"
	"path/filepath"
	"slices"

	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/pinning"
	"github.com/ocompose/ocompose/compose/internal/source"
)

// A basis is the unpinned state of a project: its parsed Compose files and their model.
type basis struct {
	// in is the input of the model, except for its files.
	in loading.Input
	// files are the Compose files without a pins file, and model is their model.
	files []pinning.File
	model *loading.Model
	// paths are the paths of files on disk. A pins file is in the project directory.
	paths []string
	// host are the absolute paths that the files name.
	host map[string]bool
	// opened is true if the files came from a registry, and carried are the other files
	// that came with them.
	opened  bool
	carried []File
	// onDisk is true if the files refer to other files, which the loader reads from disk.
	onDisk bool
	// joined is true if a file refers to compose.yaml, into which Docker Compose joins all
	// Compose files of a composition.
	joined bool
}

// loadModel loads the model of files instead of the basis's own. An opened project is read in a
// stage: the given one, or a new one if it is nil.
func (b *basis) loadModel(ctx context.Context, stage *loading.Stage, files []pinning.File, opts loading.Options) (*loading.Model, error) {
	in := b.in
	in.Files = b.loadingFiles(files)
	if !b.opened {
		return loading.Load(ctx, in, opts)
	}
	if stage == nil {
		var err error
		if stage, err = loading.NewStage(staged(slices.Concat(composeFiles(files), b.carried))); err != nil {
			return nil, err
		}
		defer stage.Remove()
	}
	if b.onDisk {
		if err := stage.Write(); err != nil {
			return nil, err
		}
	}
	in.Dir, in.Within = stage.Root, stage.Root
	if b.joined {
		in.Mirror = stage.Main()
	}
	for i := range in.Files {
		in.Files[i].Path = stage.Files[i].Path
	}
	m, err := loading.Load(ctx, in, opts)
	if err != nil {
		return nil, err
	}
	m.Tree = stage.Unrooted(m.Tree)
	return m, nil
}

// loadingFiles returns files for the loader.
func (b *basis) loadingFiles(files []pinning.File) []loading.File {
	all := make([]loading.File, len(files))
	for i, f := range files {
		all[i] = loading.File{Path: filepath.Join(b.in.Dir, f.Name), Content: f.Content, Documents: f.Documents, Trace: f.Trace()}
		if i < len(b.paths) {
			all[i].Path = b.paths[i]
		}
	}
	return all
}

// project is the basis for the package that pins.
func (b *basis) project(images []Image) pinning.Project {
	p := pinning.Project{
		Files: b.files, Model: b.model,
		Marks: b.in.Marks.Unset, Forbidden: b.in.Marks.In, Interpolate: b.interpolation(), Relative: b.relative,
		Load: func(ctx context.Context, files []pinning.File) (map[string]any, error) {
			return tree(b.loadModel(ctx, nil, files, loading.Options{Unchecked: true}))
		},
		AsWritten: func(ctx context.Context) (map[string]any, error) {
			return tree(b.loadModel(ctx, nil, b.files, loading.Options{Bare: true, Variables: loading.AsWritten{Marks: b.in.Marks.Unset}}))
		},
	}
	for _, image := range images {
		p.Places = append(p.Places, image.Path)
	}
	return p
}

// relative returns a path in the project folder that an include made absolute as one that is
// relative to that folder; "" for any other text.
func (b *basis) relative(text string) string {
	dir := b.in.Dir
	if b.opened {
		dir = loading.StagedAs
	}
	if !filepath.IsAbs(text) || b.host[filepath.Clean(text)] || !localfile.Inside(dir, text) {
		return ""
	}
	rel, err := filepath.Rel(dir, text)
	if err != nil {
		return ""
	}
	return "./" + filepath.ToSlash(rel)
}

func tree(m *loading.Model, err error) (map[string]any, error) {
	if err != nil {
		return nil, err
	}
	return m.Tree, nil
}

// interpolation returns a function that replaces the variables in a string as the project
// does, and returns "" for an invalid string.
func (b *basis) interpolation() func(string) string {
	env := maps.Clone(b.in.Env)
	if env == nil {
		env = map[string]string{}
	}
	env["COMPOSE_PROJECT_NAME"] = b.model.Name
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	return func(text string) string {
		known, err := b.in.Marks.Unset.Substitute(text, lookup)
		if err != nil {
			return ""
		}
		return known
	}
}

// on returns the basis for files with the model m.
func (b basis) on(files []pinning.File, m *loading.Model) *basis {
	b.files, b.model = files, m
	return &b
}

// A reading is the model of files, one of which may be a pins file.
type reading struct {
	// tree is the model of all files, and name is the project's name.
	tree map[string]any
	name string
	// basis reads the files without the pins.
	basis func(context.Context) (*basis, error)
}

// readModel loads files, one of which may be a pins file. If the pins file only overrides
// references, one load without it gives both models.
func (b *basis) readModel(ctx context.Context, stage *loading.Stage, files []pinning.File) (*reading, error) {
	traced := loading.Options{Trace: true}
	rest := slices.DeleteFunc(slices.Clone(files), func(f pinning.File) bool { return f.Name == source.PinsName })
	last := len(files) - 1
	if !b.joined && len(rest) == last && files[last].Name == source.PinsName {
		if overrides, ok := pinning.Overrides(files[last].Documents); ok && last > 0 {
			if m, err := b.loadModel(ctx, stage, rest, traced); err == nil {
				if tree, ok := pinning.OverrideModel(m.Tree, overrides); ok {
					return &reading{tree: tree, name: m.Name, basis: known(b.on(rest, m))}, nil
				}
			}
		}
	}
	m, err := b.loadModel(ctx, stage, files, traced)
	if err != nil {
		return nil, err
	}
	r := &reading{tree: m.Tree, name: m.Name, basis: known(b.on(files, m))}
	if len(rest) < len(files) {
		r.basis = func(ctx context.Context) (*basis, error) { return b.unpinned(ctx, rest, files, m), ctx.Err() }
	}
	return r, nil
}

func known(b *basis) func(context.Context) (*basis, error) {
	return func(context.Context) (*basis, error) { return b, nil }
}

// unpinned returns the basis without the pins file. A file with that name that changes more
// than images is not a pins file: it is kept under another name.
func (b *basis) unpinned(ctx context.Context, rest, files []pinning.File, m *loading.Model) *basis {
	if len(rest) > 0 {
		before, err := b.loadModel(ctx, nil, rest, loading.Options{Trace: true})
		if err == nil && pinning.OnlyPins(before.Tree, m.Tree, b.in.Marks.Unset, b.relative) {
			return b.on(rest, before)
		}
	}
	renamed := slices.Clone(files)
	for i := range renamed {
		if renamed[i].Name == source.PinsName {
			renamed[i].Name = "compose." + source.PinsName
		}
	}
	return b.on(renamed, m)
}
