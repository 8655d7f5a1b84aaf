package compose

import (
	"context"
	"errors"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// Open reads the files of a composition that came from a registry: the Compose files in
// the order of its layers, the pins file among them, and the carried ones. It has the
// same view of them as Docker Compose: later ones override earlier ones.
//
// The files are not trusted. They see no environment and no other file: a path that leads
// outside of the composition is an error, whatever is there, and nothing is fetched. An
// unset variable is no error: it stays in [Image.Ref] as it is written.
func Open(ctx context.Context, files []File) (*Project, error) {
	p, err := open(ctx, files)
	if err != nil {
		return nil, public(err)
	}
	return p, nil
}

// openedName is the name of a composition that has none of its own.
const openedName = "composition"

func open(ctx context.Context, files []File) (*Project, error) {
	stage, err := loading.NewStage(staged(files))
	if err != nil {
		return nil, err
	}
	defer stage.Remove()
	opts := filegraph.Options{Dir: stage.Root, Within: stage.Root}
	for _, f := range stage.Files {
		opts.Files = append(opts.Files, filegraph.Source{Path: f.Path, Content: f.Content})
	}
	graph, err := filegraph.Read(opts)
	if err != nil {
		return nil, err
	}
	in := loading.Input{Dir: stage.Root, Within: stage.Root, Files: stage.Files, Name: openedName}
	m, err := loading.Load(ctx, in, loading.Options{})
	if err != nil {
		return nil, stage.Clean(filegraph.Diagnose(graph, err, clean))
	}
	p := &Project{Name: m.Name, env: map[string]string{}, Variables: publicVariables(graph), Services: place.Names(m.Tree, nil)}
	p.load = p.loadStaged
	for _, file := range files {
		if file.Kind == ComposeFile {
			p.Files = append(p.Files, file)
		} else {
			p.Carried = append(p.Carried, file)
		}
	}
	locate := func(steps ...string) problem.Position { return filegraph.Locate(graph, steps...) }
	finder := place.Finder{Locate: locate, AllowUnset: true}
	images, errs := finder.Find(m.Tree, p.Services)
	p.Images = publicImages(images)
	return p, errors.Join(errs...)
}

// loadStaged loads the model of files in place of an opened project's own.
func (p *Project) loadStaged(ctx context.Context, files []File, asWritten bool) (map[string]any, error) {
	stage, err := loading.NewStage(staged(append(files[:len(files):len(files)], p.Carried...)))
	if err != nil {
		return nil, err
	}
	defer stage.Remove()
	in := loading.Input{Dir: stage.Root, Within: stage.Root, Files: stage.Files, Name: loading.NormalName(p.Name), NameExplicit: true}
	m, err := loading.Load(ctx, in, pinOptions(asWritten))
	if err != nil {
		return nil, err
	}
	return stage.Unrooted(m.Tree), nil
}

// staged are files for a stage.
func staged(files []File) []loading.StagedFile {
	all := make([]loading.StagedFile, len(files))
	for i, f := range files {
		all[i] = loading.StagedFile{Name: f.Name, Content: f.Content, IsCompose: f.Kind == ComposeFile}
	}
	return all
}

func publicImages(found []place.Found) []Image {
	var images []Image
	for _, f := range found {
		images = append(images, Image{Path: f.Path, Service: f.Service, Ref: f.Ref, Platform: f.Platform, Position: Position(f.Position)})
	}
	return images
}

func publicVariables(graph *filegraph.Graph) []Variable {
	var documents [][]*yaml.Node
	for _, f := range graph.Files {
		documents = append(documents, f.Documents)
	}
	found := variables.Collect(documents)
	all := make([]Variable, len(found))
	for i, v := range found {
		all[i] = Variable(v)
	}
	return all
}
