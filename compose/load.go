package compose

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/schema"

	"github.com/ocompose/ocompose/compose/internal/carry"
	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/flatten"
	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/secret"
	"github.com/ocompose/ocompose/compose/internal/source"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// Load reads a project as Docker Compose would, without starting or fetching anything.
//
// Variables belong to the place of deployment, so only those that name an image, a
// platform or a file that is carried need a value; elsewhere they stay variables. Every
// problem that is found is returned, joined: see [Errors].
func Load(ctx context.Context, opts Options) (*Project, error) {
	p, err := load(ctx, opts)
	if err != nil {
		return nil, public(err)
	}
	return p, nil
}

func load(ctx context.Context, opts Options) (*Project, error) {
	if !filepath.IsAbs(opts.WorkDir) {
		return nil, fmt.Errorf("loading a project: the working directory %q is not absolute", opts.WorkDir)
	}
	// Compiling the schema takes longer than reading most projects: another core may do
	// it meanwhile.
	go func() { _ = schema.Validate(nil) }()
	src, err := source.Find(source.Options{
		Files: opts.Files, ProjectDir: opts.ProjectDir, EnvFiles: opts.EnvFiles,
		Environ: opts.Environ, WorkDir: opts.WorkDir, Stdin: opts.Stdin,
	})
	if err != nil {
		return nil, err
	}
	warnings, err := src.CheckLayers()
	if err != nil {
		return nil, err
	}
	l := loaded{opts: opts, src: src, in: input(src)}
	if l.graph, err = readGraph(src); err != nil {
		return nil, err
	}
	if l.model, err = loading.Load(ctx, l.in, loading.Options{}); err != nil {
		return nil, l.diagnose(err)
	}
	if err := l.model.CheckConsistency(l.in, opts.Profiles); err != nil {
		return nil, l.diagnose(err)
	}
	p := l.project()
	p.Warnings = append(src.Warnings, warnings...)
	return p, l.fill(ctx, p)
}

// input is what a project's model is loaded from.
func input(src *source.Source) loading.Input {
	in := loading.Input{Dir: src.Dir, Env: src.Env}
	in.Name, in.NameExplicit = loading.ProjectName(src.Dir, src.Env)
	for _, f := range src.Files {
		path := f.Path
		if path == "" {
			path = filepath.Join(src.Dir, "-")
		}
		in.Files = append(in.Files, loading.File{Path: path, Content: f.Content})
	}
	return in
}

func readGraph(src *source.Source) (*filegraph.Graph, error) {
	opts := filegraph.Options{Dir: src.Dir, Env: src.Env}
	for _, f := range src.Files {
		opts.Files = append(opts.Files, filegraph.Source(f))
	}
	return filegraph.Read(opts)
}

// A loaded project is a project on its way to the user.
type loaded struct {
	opts  Options
	src   *source.Source
	graph *filegraph.Graph
	in    loading.Input
	model *loading.Model
}

func (l *loaded) diagnose(err error) error { return filegraph.Diagnose(l.graph, err, clean) }

// clean takes the marks of the loader out of an error's text.
func clean(text string) string {
	return variables.ShowUnset(strings.ReplaceAll(text, loading.IncludeMark, ""))
}

// project returns the project without images and carried files.
func (l *loaded) project() *Project {
	p := &Project{Name: l.model.Name, Dir: l.src.Dir, Variables: publicVariables(l.graph), env: l.src.Env}
	for _, file := range l.src.Files {
		p.Sources = append(p.Sources, file.Path)
	}
	for _, layer := range l.src.Layers() {
		p.Files = append(p.Files, File{Name: layer.Name, Content: layer.Content})
	}
	p.Services = place.Names(l.model.Tree, l.opts.Profiles)
	p.load = func(ctx context.Context, files []File, asWritten bool) (map[string]any, error) {
		in := loading.Input{Dir: p.Dir, Env: p.env, Name: loading.NormalName(p.Name), NameExplicit: true}
		for _, file := range files {
			in.Files = append(in.Files, loading.File{Path: filepath.Join(p.Dir, filepath.FromSlash(file.Name)), Content: file.Content})
		}
		m, err := loading.Load(ctx, in, pinOptions(asWritten))
		if err != nil {
			return nil, err
		}
		return m.Tree, nil
	}
	return p
}

// pinOptions say how the models are loaded that pinning compares.
func pinOptions(asWritten bool) loading.Options {
	opts := loading.Options{Lax: true, AsWritten: true}
	if asWritten {
		opts.Variables = loading.AsWritten{}
	}
	return opts
}

// fill adds the images and the carried files, flattens the project if that is asked for,
// and looks for secrets.
func (l *loaded) fill(ctx context.Context, p *Project) error {
	locate := func(steps ...string) problem.Position { return filegraph.Locate(l.graph, steps...) }
	finder := place.Finder{Given: l.opts.Images, Locate: locate}
	images, errs := finder.Find(l.model.Tree, p.Services)
	p.Images = publicImages(images)
	for _, service := range slices.Sorted(maps.Keys(l.opts.Images)) {
		if !slices.Contains(p.Services, service) {
			errs = append(errs, &problem.Error{Kind: problem.Image, Subject: service,
				Reason: fmt.Sprintf("an image is given for %q, which is none of the services: %s", service, strings.Join(p.Services, ", "))})
		}
	}
	host := carry.HostPaths(l.graph)
	carried := l.carry(p, host)
	errs = append(errs, carried.Errs...)
	if l.opts.Flatten {
		flat, err := flatten.Flatten(ctx, flatten.Options{
			Input: l.in, Original: l.model, Graph: l.graph, Names: carried.FlatNames, Host: host,
			WithEnv: l.opts.WithEnv, Diagnose: l.diagnose,
		})
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		p.Files = []File{{Name: source.MainName, Content: flat.Content}}
		if !l.opts.AllowSecrets {
			errs = append(errs, secret.Given(flat.Given, l.envFiles())...)
		}
	}
	if !l.opts.AllowSecrets {
		errs = append(errs, l.secrets(p.Carried)...)
	}
	return errors.Join(errs...)
}

// carry collects the carried files.
func (l *loaded) carry(p *Project, host map[string]bool) carry.Result {
	opts := carry.Options{
		Dir: p.Dir, WithEnv: l.opts.WithEnv, WithFiles: l.opts.WithFiles, MaxFilesSize: l.opts.MaxFilesSize,
		Flat: l.opts.Flatten, Host: host, Secrets: carry.SecretFiles(l.model.Tree), Mains: p.Sources,
	}
	if opts.MaxFilesSize == 0 {
		opts.MaxFilesSize = DefaultMaxFilesSize
	}
	result := carry.Carry(opts, carry.Needs(l.graph, l.model.Tree, p.Services), carry.Binds(l.graph, l.model.Tree, p.Services))
	for _, f := range result.Files {
		file := File{Name: f.Name, Content: f.Content, Kind: RestoredFile, Executable: f.Executable}
		if f.Extra {
			file.Kind = ExtraFile
		}
		p.Carried = append(p.Carried, file)
	}
	p.Warnings = append(p.Warnings, result.Warnings...)
	return result
}

// envFiles are the env files of includes.
func (l *loaded) envFiles() []secret.EnvFile {
	var files []secret.EnvFile
	for _, f := range l.graph.Files {
		if f.Role == filegraph.EnvFile {
			files = append(files, secret.EnvFile{Name: f.Name, Content: f.Content})
		}
	}
	return files
}

// secrets looks for secrets in the files that make the project and in the carried ones.
func (l *loaded) secrets(carried []File) []error {
	finder := secret.NewFinder()
	looked := map[string]bool{}
	for _, f := range l.graph.Files {
		if f.Role == filegraph.EnvFile || looked[f.Path] {
			continue
		}
		looked[f.Path] = true
		for _, document := range f.Documents {
			finder.Document(f.Name, document)
		}
	}
	for _, file := range carried {
		if !looked[localfile.Absolute(l.src.Dir, file.Name)] {
			finder.File(file.Name, file.Content, file.Kind == RestoredFile)
		}
	}
	return finder.Errs()
}
