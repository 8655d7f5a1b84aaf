// Package pinning pins the images of a project: it edits references where they are
// written, or overrides them in a pins file. The pinned files have the same model as the
// project, except for the images.
//
// # How pins are verified
//
// The pinned files are loaded like the project, and the two models are compared: all values
// must be equal, except for the pins. If they are not, the pins that differ are written in
// a simpler way, until the models are equal or there is no simpler way, which is an error.
//
// One such load covers all platforms whose pins differ only in digests. The loader does not
// parse references: it only compares them with each other and with other values, to merge
// equal values. So the same edits with other references have the same effect if the
// references need no quotes or escapes either, are equal to each other where the verified
// ones are, and are not equal to any value that the loader has seen. These are the
// conditions of [Pinner.shape].
package pinning

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// A File is one of the Compose files of a project.
type File struct {
	Name    string
	Content []byte
	// Documents are the parsed content.
	Documents []*yaml.Node
	// ForRegistry is true if only Docker Compose needs the file, when it reads the project
	// from a registry.
	ForRegistry bool

	candidates []*candidate
}

// NewFile returns a file with its values that may name an image.
func NewFile(name string, content []byte, documents []*yaml.Node) File {
	return File{Name: name, Content: content, Documents: documents, candidates: findCandidates(content, documents)}
}

// Trace returns the values that [New] needs to trace into the model.
func (f File) Trace() []loading.Scalar {
	scalars := make([]loading.Scalar, len(f.candidates))
	for i, c := range f.candidates {
		scalars[i] = loading.Scalar{Node: c.node, Key: c.key, Span: c.span}
	}
	return scalars
}

// A Pin is the new reference of a place.
type Pin struct {
	// Ref is the new reference.
	Ref string
	// InPlace edits the reference where it is written.
	InPlace bool
}

// A Project is the project to pin.
type Project struct {
	// Files are the Compose files, in order, without a pins file. They come from
	// [NewFile].
	Files []File
	// Model is the traced model of the files.
	Model *loading.Model
	// Places are the paths of the places to pin.
	Places []string
	// Load loads the model of other files instead of Files.
	Load func(ctx context.Context, files []File) (map[string]any, error)
	// AsWritten loads the model of Files with variables as written.
	AsWritten func(ctx context.Context) (map[string]any, error)
	// Marks are the marks of variables without a value.
	Marks variables.Marks
	// Forbidden reports whether a reference is invalid because it has characters that are
	// reserved for marks.
	Forbidden func(ref string) bool
	// Interpolate replaces the variables in a string, and returns "" for an invalid template.
	Interpolate func(string) string
	// Relative returns a path of the project, which includes make absolute, as one that is
	// relative to the project folder; "" for any other text.
	Relative func(string) string
}

// A Pinner pins a project, once for each platform. It is not safe for concurrent use.
type Pinner struct {
	Project
	index map[string]place.Image
	// plans are the plans that were verified, by the shape of their pins.
	plans map[string]plan

	// candidates are the values in the files that can be edited, and found are the places that
	// use them.
	candidates []*candidate
	found      trace
	// tried is true once the candidates that can't be edited are removed.
	tried bool
	// written is the model with variables as written, once it is loaded.
	written map[string]any
}

// New prepares to pin a project.
func New(project Project) *Pinner {
	p := &Pinner{Project: project, index: place.Index(project.Model.Tree, project.Marks), plans: map[string]plan{}}
	for i, file := range project.Files {
		for _, c := range copyCandidates(file.candidates) {
			c.file, c.known = i, project.Interpolate(c.value())
			p.candidates = append(p.candidates, c)
		}
	}
	p.found = newTrace(project.Model, p.candidates)
	return p
}

// Pin returns the pinned Compose files, followed by the pins file if it is needed.
func (p *Pinner) Pin(ctx context.Context, pins map[string]Pin) ([]File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if missing := p.withoutPin(pins); len(missing) > 0 {
		return nil, fmt.Errorf("no pin for %s", strings.Join(missing, ", "))
	}
	targets, err := p.targets(pins)
	if err != nil {
		return nil, err
	}
	shape, ok := p.shape(targets)
	if verified, known := p.plans[shape]; ok && known {
		made, err := p.render(verified, targets)
		return made.files, err
	}
	verified, files, err := p.plan(ctx, targets)
	if err == nil && ok {
		p.plans[shape] = verified
	}
	return files, err
}

// withoutPin lists the places without a pin.
func (p *Pinner) withoutPin(pins map[string]Pin) []string {
	return slices.DeleteFunc(slices.Clone(p.Places), func(path string) bool { return pins[path].Ref != "" })
}
