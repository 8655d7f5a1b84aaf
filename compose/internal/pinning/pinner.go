// Package pinning pins the images of a project: it edits references where they are
// written, or overrides them in a pins file. What it makes means the same as the
// project, but for the images.
//
// # How pins are verified
//
// The pinned files are loaded as the project was, and the two models are compared: all
// values must be equal, except for the pins. If they are not, the pins that differ are made
// in a simpler way, until the models are equal or nothing simpler is left, which is an error.
//
// One such load covers all platforms whose pins differ in nothing but digests. The loader
// does not look into references: it only compares them with each other and with other
// values, to merge what is equal. So the same edits with other references have the same
// effect, provided that the references need no quotes or escapes either, are equal to each
// other where the verified ones are, and are equal to no value that the loader has seen.
// Those are the conditions of [Pinner.shape].
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

// NewFile returns a file, with the values in it that may name an image.
func NewFile(name string, content []byte, documents []*yaml.Node) File {
	return File{Name: name, Content: content, Documents: documents, candidates: findCandidates(content, documents)}
}

// Trace returns the values whose way into the model [New] has to know.
func (f File) Trace() []loading.Scalar {
	scalars := make([]loading.Scalar, len(f.candidates))
	for i, c := range f.candidates {
		scalars[i] = loading.Scalar{Node: c.node, Key: c.key, Span: c.span}
	}
	return scalars
}

// A Pin is what one place gets.
type Pin struct {
	// Ref is the new reference.
	Ref string
	// InPlace asks for the reference to be edited where it is written.
	InPlace bool
}

// A Project is what is pinned.
type Project struct {
	// Files are the Compose files, in order, without a pins file. They come from
	// [NewFile].
	Files []File
	// Model is what the files mean, traced.
	Model *loading.Model
	// Places are the paths of the places to pin.
	Places []string
	// Load loads the model of other files in place of Files.
	Load func(ctx context.Context, files []File) (map[string]any, error)
	// AsWritten loads the model of Files with their variables as they are written.
	AsWritten func(ctx context.Context) (map[string]any, error)
	// Marks are those of variables without value.
	Marks variables.Marks
	// Forbidden reports whether a reference can't be one, because it has characters that
	// were chosen for not being in the project.
	Forbidden func(ref string) bool
	// Interpolate replaces the variables in a text, and returns "" for what is no valid
	// template.
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

	// candidates are the values in the files that can be edited, and found are the places
	// that they reach.
	candidates []*candidate
	found      trace
	// tried is true once the candidates that can't be edited were left out.
	tried bool
	// written is the model with variables as they are written, once it is loaded.
	written map[string]any
}

// New prepares pinning a project.
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

// Pin returns the Compose files, pinned, and the pins file after them if it is needed.
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
