package artifact

import (
	"cmp"
	"context"
	"fmt"
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/filename"
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

// A compositionForm holds the fields of a composition's manifest besides its files.
type compositionForm struct {
	artifactType string
	config       v1.Descriptor
	subject      *v1.Descriptor
	annotations  map[string]string

	format         Format
	component, tag string // of Margo packages
}

// newForm returns the form of a composition for Docker Compose.
//
// See https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage.
func newForm(legacy bool) (compositionForm, error) {
	form, configType := compositionForm{artifactType: Type}, types.MediaType(ocispec.MediaTypeEmptyJSON)
	if legacy {
		form.artifactType, configType = "", LegacyConfigType
	}
	config, err := newContent(configType, emptyConfig)
	form.config = config.Descriptor
	return form, err
}

// buildComposition builds the manifest for layers, in their order.
func buildComposition(layers []mutate.Addendum, platform *v1.Platform, form compositionForm) (Composition, error) {
	var config []byte
	if empty, err := newContent(form.config.MediaType, emptyConfig); err != nil {
		return Composition{}, err
	} else if empty.Descriptor.Digest == form.config.Digest {
		config = emptyConfig
	}
	image, err := newArtifactBase(form.artifactType, form.config, config)
	if err != nil {
		return Composition{}, err
	}
	if image, err = mutate.Append(image, layers...); err != nil {
		return Composition{}, err
	}
	image = mutate.Annotations(image, form.annotations).(v1.Image)
	if form.subject != nil {
		// The last: a mutation after it drops the subject.
		image = mutate.Subject(image, *form.subject).(v1.Image)
	}
	sealed, err := sealImage(image, form.config)
	if err != nil {
		return Composition{}, err
	}
	return Composition{Descriptor: sealed.content.Descriptor, Platform: platform, Image: sealed, Manifest: &sealed.manifest}, nil
}

// fileLayers returns the layers of files, in their order. A file that was in the
// composition before keeps the annotations of its layer.
func fileLayers(files []compose.File, before map[string]map[string]string) []mutate.Addendum {
	var layers []mutate.Addendum
	for _, file := range files {
		annotations := before[file.Name]
		if annotations == nil {
			annotations = layerAnnotations(file)
		}
		layers = append(layers, mutate.Addendum{Layer: static.NewLayer(file.Content, layerType(file.Kind)), Annotations: annotations})
	}
	return layers
}

// layerType returns the media type of a layer for a file of the kind.
func layerType(kind compose.Kind) types.MediaType {
	switch kind {
	case compose.RestoredFile:
		return RestoredFileType
	case compose.ExtraFile:
		return ExtraFileType
	default:
		return ComposeFileType
	}
}

// layerAnnotations name the file for Docker Compose and, with a title, for other clients.
func layerAnnotations(file compose.File) map[string]string {
	annotations := map[string]string{ocispec.AnnotationTitle: file.Name}
	switch file.Kind {
	case compose.ComposeFile:
		annotations[AnnotationFile] = path.Base(file.Name)
	case compose.RegistryFile:
		annotations[AnnotationFile] = path.Base(file.Name)
		annotations[AnnotationUse] = UseRegistry
	case compose.RestoredFile:
		annotations[AnnotationEnvFile] = cmp.Or(file.RestoredAs, file.Name)
	}
	if file.Executable {
		annotations[AnnotationExecutable] = "true"
	}
	return annotations
}

// entry returns the composition's entry in the index.
func (c Composition) entry() mutate.IndexAddendum {
	d := c.Descriptor
	d.ArtifactType, d.Platform = Type, c.Platform
	return mutate.IndexAddendum{Add: c.Image, Descriptor: d}
}
