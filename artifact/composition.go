package artifact

import (
	"maps"
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/compose"
)

// A Composition is the manifest of one platform's composition, and its blobs.
type Composition struct {
	Content
	// Platform is nil for the portable composition.
	Platform *v1.Platform
	// Subject is the image manifest that it is attached to, or nil.
	Subject *v1.Descriptor
	// Blobs are the config and the layers to upload, each digest once.
	Blobs []Content
	// Kept are the layers that are copied from where the composition comes from.
	Kept []v1.Descriptor
}

// manifestForm is what a composition's manifest says besides its files.
type manifestForm struct {
	subject     *v1.Descriptor
	annotations map[string]string
	// legacy leaves out all that OCI 1.0 does not know.
	legacy bool
}

// newComposition builds the manifest for files, in their order.
//
// See the [guidance for artifacts] of image-spec v1.1.1.
//
// [guidance for artifacts]: https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage
func newComposition(files []compose.File, platform *v1.Platform, form manifestForm) (Composition, error) {
	config, err := newContent(ocispec.MediaTypeEmptyJSON, []byte("{}"))
	if err != nil {
		return Composition{}, err
	}
	manifest := v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.OCIManifestSchema1,
		ArtifactType:  Type,
		Layers:        []v1.Descriptor{},
		Subject:       form.subject,
		Annotations:   form.annotations,
	}
	if form.legacy {
		config.Descriptor.MediaType = LegacyConfigType
		manifest.ArtifactType = ""
	}
	manifest.Config = config.Descriptor

	c := Composition{Platform: platform, Subject: form.subject, Blobs: []Content{config}}
	seen := map[v1.Hash]bool{config.Descriptor.Digest: true}
	for _, file := range files {
		layer, err := newContent(layerType(file.Kind), file.Content)
		if err != nil {
			return Composition{}, err
		}
		layer.Descriptor.Annotations = layerAnnotations(file)
		manifest.Layers = append(manifest.Layers, layer.Descriptor)
		if !seen[layer.Descriptor.Digest] {
			seen[layer.Descriptor.Digest] = true
			c.Blobs = append(c.Blobs, layer)
		}
	}
	c.Content, err = encode(manifest.MediaType, manifest)
	return c, err
}

// layerType is the media type under which a file of the kind travels.
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

// layerAnnotations name the file for Docker Compose and, by its title, for
// every other client.
func layerAnnotations(file compose.File) map[string]string {
	annotations := map[string]string{ocispec.AnnotationTitle: file.Name}
	switch file.Kind {
	case compose.ComposeFile:
		annotations[AnnotationFile] = path.Base(file.Name)
	case compose.RestoredFile:
		annotations[AnnotationEnvFile] = file.Name
	}
	if file.Executable {
		annotations[AnnotationExecutable] = "true"
	}
	return annotations
}

// descriptor is how the index lists the composition.
func (c Composition) descriptor() v1.Descriptor {
	d := c.Descriptor
	d.ArtifactType = Type
	d.Platform = c.Platform
	return d
}

// annotated returns a copy of annotations with the mode added.
func annotated(annotations map[string]string, mode Mode) map[string]string {
	all := maps.Clone(annotations)
	if all == nil {
		all = map[string]string{}
	}
	all[AnnotationMode] = string(mode)
	return all
}
