package compose

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/schema"

	"github.com/ocompose/ocompose/compose/internal/carry"
	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/pinning"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/source"
)

// Load reads a project from disk as Docker Compose would, without starting anything. Only
// Options.Fetch may use the network.
//
// Variables belong to the deployment, so only those that name an image, a platform or a
// packaged file need a value; all others stay variables. Load returns all problems as
// joined [Error] values: see [Errors]. Errors without a place in a file, such as a relative
// WorkDir, are not [Error] values.
//
// A project that can be read but not packaged is returned along with the error: its images are
// known, but it can't be pinned.
func Load(ctx context.Context, opts Options) (*Project, error) {
	p, err := load(ctx, opts)
	if err == nil {
		return p, nil
	}
	if p != nil {
		p.basis = nil
	}
	return p, public(err)
}

func load(ctx context.Context, opts Options) (*Project, error) {
	if !filepath.IsAbs(opts.WorkDir) {
		return nil, fmt.Errorf("loading a project: the working directory %q is not absolute", opts.WorkDir)
	}
	// Compiling the schema takes longer than reading most projects, so start it concurrently.
	go func() { _ = schema.Validate(nil) }()
	src, err := source.Find(source.Options{
		Files: opts.Files, ProjectDir: opts.ProjectDir, EnvFiles: opts.EnvFiles,
		Environ: opts.Environ, WorkDir: opts.WorkDir, Stdin: opts.Stdin,
	})
	if err != nil {
		return nil, err
	}
	if opts.Archived {
		return loadArchived(ctx, opts, src)
	}
	return loadSource(ctx, opts, src)
}

// loadSource loads the project from the files of src.
func loadSource(ctx context.Context, opts Options, src *source.Source) (*Project, error) {
	l, err := readProject(ctx, opts, src)
	if err != nil {
		return nil, err
	}
	if err := l.basis.model.CheckConsistency(l.absolute, opts.Profiles); err != nil {
		return nil, l.diagnose(err)
	}
	if err := l.pinIncludes(ctx); err != nil {
		return nil, err
	}
	p := l.project()
	return p, l.fill(ctx, p)
}

// A loaded project is a project that is being assembled.
type loaded struct {
	opts  Options
	src   *source.Source
	graph *filegraph.Graph
	// layers are the files of the basis.
	layers   []source.Layer
	basis    *basis
	warnings []string
	// flattened is true if all Compose files become one, and moved are the files of included
	// compositions that then become files of the project.
	flattened bool
	moved     *moved
	// absolute is the model of the basis with absolute paths.
	absolute map[string]any
	// remotes are the compositions in registries that the files name, and repointed the
	// references with digests that take the place of others.
	remotes   *remotes
	repointed map[string]string
}

// readProject reads the files of a project and loads their model.
func readProject(ctx context.Context, opts Options, src *source.Source) (*loaded, error) {
	l := &loaded{opts: opts, src: src, remotes: newRemotes(opts.Fetch)}
	files := filegraph.Options{Dir: src.Dir, Env: src.Env, Remote: l.remotes.reader()}
	for _, f := range src.Files {
		files.Files = append(files.Files, filegraph.Source{Path: f.Path, Content: f.Content})
	}
	var err error
	if l.graph, err = filegraph.Read(ctx, files); err != nil {
		return nil, err
	}
	isEmpty := func(i int) bool { return len(l.graph.Mains[i].Documents) == 0 }
	if l.layers, l.warnings, err = src.Layers(isEmpty); err != nil {
		return nil, err
	}
	in := loading.Input{Dir: src.Dir, Env: src.Env, Known: documentsOf(l.graph), Remotes: l.remotes.set}
	in.Name, in.NameExplicit = loading.ProjectName(src.Dir, src.Env)
	if in.Marks, err = loading.NewMarks(inputsOf(l.graph, src.Env)); err != nil {
		return nil, err
	}
	l.basis = &basis{in: in, host: carry.HostPaths(l.graph, in.Marks.Unset)}
	for _, layer := range l.layers {
		main := l.graph.Mains[layer.Index]
		l.basis.files = append(l.basis.files, pinning.NewFile(layer.Name, main.Content, main.Documents))
		l.basis.paths = append(l.basis.paths, main.Path)
	}
	l.basis.model, err = l.basis.loadModel(ctx, nil, l.basis.files, loading.Options{Trace: true})
	if err == nil {
		l.absolute, err = l.basis.model.Absolute()
	}
	if err != nil {
		return nil, l.diagnose(err)
	}
	return l, nil
}

func (l *loaded) diagnose(err error) error {
	return filegraph.Diagnose(l.graph, err, l.basis.in.Marks.Clean)
}

// project returns the project without images and carried files.
func (l *loaded) project() *Project {
	m := l.basis.model
	p := &Project{
		Name: m.Name, Dir: l.src.Dir, Files: composeFiles(l.basis.files), Variables: publicVariables(l.graph),
		Services: place.Names(m.Tree, l.opts.Profiles), Warnings: append(l.src.Warnings, l.warnings...),
		Includes: l.remotes.includes(l.graph), basis: known(l.basis),
	}
	for i, include := range p.Includes {
		if ref, ok := l.repointed[include.Ref]; ok {
			p.Includes[i].Ref = ref
		}
	}
	for _, profile := range place.UnusedProfiles(m.Tree, l.opts.Profiles) {
		p.Warnings = append(p.Warnings, fmt.Sprintf("no service has the profile %q", profile))
	}
	for _, file := range l.src.Files {
		p.Sources = append(p.Sources, file.Path)
	}
	return p
}

// images finds the images of services, jobs, hooks, mounts and models. Those of
// [Options.Images] take precedence. See [place.Finder.Find].
func (l *loaded) images(p *Project) []error {
	finder := place.Finder{Given: l.opts.Images, Marks: l.basis.in.Marks.Unset, Locate: l.locate}
	finder.Required = map[string]bool{}
	for _, v := range p.Variables {
		finder.Required[v.Name] = v.Required
	}
	if l.opts.BuiltNames {
		finder.Project = l.basis.model.Name
	}
	found, errs := finder.Find(l.basis.model.Tree, p.Services)
	p.Images = publicImages(found)
	for _, each := range finder.Emptied {
		p.Warnings = append(p.Warnings, fmt.Sprintf("service %s: image %q is %s, because %s is not set, as for Docker Compose", each.Service, each.Image, each.Ref, each.Variable))
	}
	if kept := l.keptFromPulling(p); len(kept) > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("pull_policy is changed to missing, so that pinned images are pulled, for %s", strings.Join(kept, ", ")))
	}
	return errs
}

// keptFromPulling lists the services whose pull policies the pins file overrides.
func (l *loaded) keptFromPulling(p *Project) []string {
	var names []string
	for c := range place.Containers(l.basis.model.Tree) {
		if !c.IsHook() && slices.Contains(p.Services, c.Name) && pinning.KeepsFromPulling(c.Fields["pull_policy"]) {
			names = append(names, c.Name)
		}
	}
	return names
}

func (l *loaded) locate(steps ...string) problem.Position { return filegraph.Locate(l.graph, steps...) }

// fill adds the images and the carried files, flattens the project if needed, and looks for
// secrets.
func (l *loaded) fill(ctx context.Context, p *Project) error {
	errs := l.images(p)
	result, given := l.carry(ctx, p)
	errs = append(errs, result.Errs...)
	errs = append(errs, l.checkSecrets(p, result, given)...)
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	return l.override(ctx, p, result)
}
