package compose

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/loader"

	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/pinning"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/source"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// Open reads the files of a composition from a registry: the Compose files in the order of
// its layers, including the pins file, and the carried files. As in Docker Compose, later
// Compose files override earlier ones.
//
// The files are not trusted. They have no access to the environment or other files: a path
// that points outside the composition is an error, whether or not the file exists, and
// nothing is fetched. An unset variable is not an error: it stays in [Image.Ref] as
// written. Problems are joined [Error] values: see [Errors].
//
// Compositions in registries that the files include or extend are read with fetch, and are
// trusted as little; if it is nil, such files are refused.
func Open(ctx context.Context, files []File, fetch Fetch) (*Project, error) {
	p, err := open(ctx, files, fetch)
	if err != nil {
		return nil, public(err)
	}
	return p, nil
}

// Unnamed is the name of a project that was opened from files without a project name.
const Unnamed = "composition"

// NormalizeName returns the project name that Docker Compose derives from another name,
// such as a folder's: lower-case letters, digits, dashes and underscores. It is empty if no
// character is left.
func NormalizeName(name string) string { return loader.NormalizeProjectName(name) }

func open(ctx context.Context, files []File, fetch Fetch) (*Project, error) {
	stage, err := loading.NewStage(staged(files))
	if err != nil {
		return nil, err
	}
	defer stage.Remove()
	remotes := newRemotes(fetch)
	opts := filegraph.Options{Dir: stage.Root, Within: stage.Root, Read: stage.Read, Remote: remotes.reader()}
	for _, f := range stage.Files {
		opts.Files = append(opts.Files, filegraph.Source{Path: f.Path, Content: f.Content})
	}
	graph, err := filegraph.Read(ctx, opts)
	if err != nil {
		return nil, err
	}
	b := basis{in: loading.Input{Name: Unnamed, Known: documentsOf(graph), Remotes: remotes.set}, opened: true, joined: namesMain(graph)}
	b.onDisk = len(graph.Files) > len(graph.Mains)
	if b.in.Marks, err = loading.NewMarks(inputsOf(graph, nil)); err != nil {
		return nil, err
	}
	p := &Project{Variables: publicVariables(graph), Includes: remotes.includes(graph)}
	var compose []pinning.File
	for _, file := range files {
		if !file.Kind.IsMerged() {
			p.Carried = append(p.Carried, file)
			continue
		}
		p.Files = append(p.Files, file)
		main := pinning.NewFile(file.Name, file.Content, graph.Mains[len(compose)].Documents)
		main.ForRegistry = file.Kind == RegistryFile
		compose = append(compose, main)
	}
	b.carried = p.Carried
	r, err := b.readModel(ctx, stage, compose)
	if err != nil {
		return nil, stage.Clean(filegraph.Diagnose(graph, err, b.in.Marks.Clean))
	}
	p.Name, p.basis, p.Services = r.name, r.basis, place.Names(r.tree, nil)
	locate := func(steps ...string) problem.Position { return filegraph.Locate(graph, steps...) }
	finder := place.Finder{Marks: b.in.Marks.Unset, Locate: locate, AllowUnset: true}
	images, errs := finder.Find(r.tree, p.Services)
	p.Images = publicImages(images)
	for i := range p.Images {
		p.Images[i].Built = false // it was built elsewhere
	}
	p.Requires = requires(b.on(compose, &loading.Model{Tree: r.tree}), p)
	return p, errors.Join(errs...)
}

// namesMain reports whether a file includes or extends compose.yaml, into which Docker
// Compose joins all Compose files of a composition.
func namesMain(graph *filegraph.Graph) bool {
	for _, f := range graph.Files {
		if f.Role != filegraph.Main && f.Path == filepath.Join(graph.Dir, source.MainName) {
			return true
		}
	}
	return false
}

// staged returns files for a stage, under the names that they have for Docker Compose.
func staged(files []File) []loading.StagedFile {
	all := make([]loading.StagedFile, len(files))
	for i, f := range files {
		all[i] = loading.StagedFile{Name: cmp.Or(f.RestoredAs, f.Name), Content: f.Content, IsCompose: f.Kind.IsMerged()}
	}
	return all
}

func publicImages(found []place.Found) []Image {
	var images []Image
	for _, f := range found {
		images = append(images, Image{Path: f.Path, Service: f.Service, Ref: f.Ref, Built: f.Built, Platform: f.Platform, Position: Position(f.Position)})
	}
	return images
}

func publicVariables(graph *filegraph.Graph) []Variable {
	found := variables.Collect(documentsOf(graph))
	all := make([]Variable, len(found))
	for i, v := range found {
		all[i] = Variable(v)
	}
	return all
}
