package artifact

import (
	"context"
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/filename"
)

// Build builds a package: it pins the files of every part and puts the manifests together.
// It asks nothing of the network, and the same Spec gives the same bytes.
//
// It errors where the files can't be pinned, or have names that no folder can hold
// together.
func Build(ctx context.Context, spec Spec) (*Package, error) {
	p := &Package{Mode: spec.Mode, Subject: spec.Subject, Annotations: spec.Annotations, Images: spec.Listed, Indexes: spec.Indexes}
	pinners := map[*compose.Project]*compose.Pinner{}
	for _, part := range spec.Parts {
		if part.same {
			c := *part.From
			c.Platform = part.Platform
			p.Compositions = append(p.Compositions, c)
			continue
		}
		pinner := pinners[part.Project]
		if pinner == nil {
			var err error
			if pinner, err = part.Project.Pinner(ctx); err != nil {
				return nil, err
			}
			pinners[part.Project] = pinner
		}
		c, err := buildPart(ctx, part, pinner)
		if err != nil {
			return nil, err
		}
		p.Compositions = append(p.Compositions, c)
	}
	if spec.Single {
		p.Root = p.Compositions[0].Image
		p.root = p.Compositions[0].Content()
		return p, nil
	}
	index, err := buildIndex(p)
	if err != nil {
		return nil, err
	}
	p.Root, p.root = index, index.content
	return p, nil
}

// buildPart builds one composition.
func buildPart(ctx context.Context, part Part, pinner *compose.Pinner) (Composition, error) {
	files, err := pinner.Pin(ctx, part.Pins)
	if err != nil {
		return Composition{}, err
	}
	if part.From != nil {
		layers, err := replacedLayers(*part.From, files)
		if err != nil {
			return Composition{}, err
		}
		return buildComposition(layers, part.Platform, part.form)
	}
	names := filename.NewSet()
	for _, file := range files {
		if err := names.Add(file.Name); err != nil {
			return Composition{}, fmt.Errorf("packaging the files: %w", err)
		}
	}
	layers, err := part.form.layersOf(files)
	if err != nil {
		return Composition{}, err
	}
	return buildComposition(layers, part.Platform, part.form)
}

// replacedLayers are the layers of a composition with its Compose files replaced: the new
// ones first, then all others as they are.
func replacedLayers(from Composition, files []compose.File) ([]mutate.Addendum, error) {
	before, err := from.Layers()
	if err != nil {
		return nil, err
	}
	annotations := map[string]map[string]string{}
	for _, l := range before {
		annotations[l.File.Name] = l.Descriptor.Annotations
	}
	merged := slices.DeleteFunc(slices.Clone(files), func(f compose.File) bool { return !f.Kind.IsMerged() })
	layers := fileLayers(merged, annotations)
	for _, d := range from.Manifest.Layers {
		if !isMerged(d) {
			layers = append(layers, mutate.Addendum{Layer: elsewhereLayer{d}})
		}
	}
	return layers, nil
}

// relayered are the layers of a composition in their order, with other content for files
// that are given by their names.
func relayered(from Composition, named []Layer, content map[string]compose.File) []mutate.Addendum {
	byDigest := map[v1.Hash]compose.File{}
	for _, l := range named {
		if file, ok := content[l.File.Name]; ok {
			byDigest[l.Descriptor.Digest] = file
		}
	}
	var layers []mutate.Addendum
	for _, d := range from.Manifest.Layers {
		if file, ok := byDigest[d.Digest]; ok {
			layers = append(layers, mutate.Addendum{Layer: static.NewLayer(file.Content, d.MediaType), Annotations: d.Annotations})
			continue
		}
		layers = append(layers, mutate.Addendum{Layer: elsewhereLayer{d}})
	}
	return layers
}

// isMerged tells whether a layer is one of the files that Docker Compose merges.
func isMerged(d v1.Descriptor) bool {
	_, extended := d.Annotations[AnnotationExtends]
	return d.MediaType == ComposeFileType && !extended
}

// buildIndex builds the composition index: the compositions in their order, then the
// bundled images. The portable composition is the last of the compositions, because
// Docker Compose reads the last one.
//
// See https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md.
func buildIndex(p *Package) (sealedIndex, error) {
	var entries []mutate.IndexAddendum
	for _, c := range p.Compositions {
		entries = append(entries, c.entry())
	}
	for _, d := range p.Images {
		entries = append(entries, listing(d))
	}
	index := mutate.AppendManifests(newIndexBase(Type), entries...)
	index = mutate.Annotations(index, p.Annotations).(v1.ImageIndex)
	if p.Subject != nil {
		// The last: a mutation after it drops the subject.
		index = mutate.Subject(index, *p.Subject).(v1.ImageIndex)
	}
	return sealIndex(index)
}
