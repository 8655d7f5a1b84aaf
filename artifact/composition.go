package artifact

import (
	"cmp"
	"fmt"
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/limits"
)

// A Composition is one manifest of a [Package]: the application for one platform, or the
// portable one.
type Composition struct {
	// Descriptor describes the manifest.
	Descriptor v1.Descriptor
	// Platform is nil for the portable composition, and for a composition outside an index
	// that does not name a platform.
	Platform *v1.Platform
	// Image is the manifest with its config and its files as layers. It is nil if only the
	// descriptor is known: see [Composition.Read]. The content of layers is in memory if the
	// composition was built, and in the source if it was read.
	Image v1.Image
	// Manifest is the parsed manifest of Image, nil if Image is nil.
	Manifest *v1.Manifest

	archive *openedArchive // nil if the files are layers
}

// Subject returns the image manifest that the composition is attached to, or nil.
func (c Composition) Subject() *v1.Descriptor {
	if c.Manifest == nil {
		return nil
	}
	return c.Manifest.Subject
}

// Content returns the manifest's descriptor and bytes; the bytes are nil if only the
// descriptor is known.
func (c Composition) Content() Content {
	content := Content{Descriptor: c.Descriptor}
	if c.Image != nil {
		content.Bytes, _ = c.Image.RawManifest() // in memory
	}
	return content
}

// Blobs returns the config and the layers, each digest once, with their bytes if those are
// in memory. The others are in the source that the composition was read from. The
// composition must have been read: see [Composition.Read].
func (c Composition) Blobs() ([]Content, error) {
	layers, err := c.Image.Layers()
	if err != nil {
		return nil, err
	}
	config, err := configBlob(c.Image, *c.Manifest)
	if err != nil {
		return nil, err
	}
	blobs := []Content{config}
	seen := map[v1.Hash]bool{config.Descriptor.Digest: true}
	for i, layer := range layers {
		d := c.Manifest.Layers[i]
		if seen[d.Digest] {
			continue
		}
		seen[d.Digest] = true
		content, err := inMemory(layer)
		if err != nil {
			return nil, err
		}
		blobs = append(blobs, Content{Descriptor: d, Bytes: content})
	}
	return blobs, nil
}

// configBlob returns a composition's config, with its bytes if it is the empty config.
func configBlob(image v1.Image, manifest v1.Manifest) (Content, error) {
	raw, err := image.RawConfigFile()
	if err != nil {
		return Content{}, err
	}
	content, err := newContent(manifest.Config.MediaType, raw)
	if err != nil || content.Descriptor.Digest == manifest.Config.Digest {
		content.Descriptor = manifest.Config
		return content, err
	}
	return Content{Descriptor: manifest.Config}, nil
}

// Read returns the composition with its manifest, whose digest the caller has checked. It
// returns a [NotCompositionError] for any other manifest; name is its reference, for
// messages.
func (c Composition) Read(name string, manifest Content) (Composition, error) {
	parsed, err := parseManifest(name, manifest)
	if err != nil {
		return c, err
	}
	config, content := parsed.Config, []byte(nil)
	if empty, err := newContent(config.MediaType, emptyConfig); err == nil && empty.Descriptor.Digest == config.Digest {
		content = emptyConfig
	}
	base, err := partial.CompressedToImage(storedManifest{artifactBase{parsed, content}, manifest})
	if err != nil {
		return c, err
	}
	c.Image, c.Manifest = base, &parsed
	return c, nil
}

// A storedManifest is a composition that was read.
type storedManifest struct {
	artifactBase
	content Content
}

func (s storedManifest) RawManifest() ([]byte, error) { return s.content.Bytes, nil }

func (s storedManifest) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	for _, d := range s.manifest.Layers {
		if d.Digest == h {
			return elsewhereLayer{d}, nil
		}
	}
	return nil, fmt.Errorf("layer %s not found", h)
}

// parseManifest parses the manifest of a composition.
func parseManifest(name string, content Content) (v1.Manifest, error) {
	var manifest v1.Manifest
	if err := limits.Decode(content.Bytes, &manifest); err != nil {
		return v1.Manifest{}, fmt.Errorf("reading the manifest %s: %w", name, err)
	}
	if !isCompositionManifest(manifest) {
		return v1.Manifest{}, &NotCompositionError{Ref: name, Is: kindOfManifest(manifest)}
	}
	return manifest, nil
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
