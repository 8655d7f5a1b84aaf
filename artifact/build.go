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
	"github.com/ocompose/ocompose/internal/limits"
)

// Build builds a package: it pins the files of every part and puts the manifests together.
// It does not use the network, and the same Spec always produces the same bytes.
//
// It fails if the files can't be pinned, or if their names can't coexist in one folder.
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

// replacedLayers returns the layers of a composition with its Compose files replaced: the
// new ones first, then all others unchanged.
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

// relayered returns the layers of a composition in order, with new content for the files in
// content, by name.
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

// isMerged reports whether a layer is one of the files that Docker Compose merges.
func isMerged(d v1.Descriptor) bool {
	_, extended := d.Annotations[AnnotationExtends]
	return d.MediaType == ComposeFileType && !extended
}

// HasLegacy reports whether a package with these options can be built in OCI 1.0 form.
// Bundles can't, because they need an index with an artifactType; nor can packages that are
// attached to an image, nor Margo packages, which are recognized by their artifactType.
func (o Options) HasLegacy() bool {
	return o.Mode != Bundled && o.Subject == nil && o.Format != MargoFormat
}

// LegacyTwin returns a composition's manifest in OCI 1.0 form: without artifactType and
// subject, marked by its config's media type. It returns false for an index, and for a
// manifest without artifactType and subject. A registry that accepts the twin but rejects
// the manifest supports only OCI 1.0.
func LegacyTwin(content Content) (Content, bool) {
	if !content.Descriptor.MediaType.IsImage() {
		return Content{}, false
	}
	var manifest v1.Manifest
	if err := limits.Decode(content.Bytes, &manifest); err != nil || manifest.ArtifactType == "" && manifest.Subject == nil {
		return Content{}, false
	}
	manifest.ArtifactType, manifest.Subject = "", nil
	manifest.Config.MediaType = LegacyConfigType
	twin, err := encode(manifest.MediaType, manifest)
	return twin, err == nil
}

// buildIndex builds the composition index: the compositions in their order, then the
// bundled images. The portable composition is the last composition, because Docker Compose
// reads the last one.
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
		// Must come last: a later mutation drops the subject.
		index = mutate.Subject(index, *p.Subject).(v1.ImageIndex)
	}
	return sealIndex(index)
}
