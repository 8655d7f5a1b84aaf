package artifact

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// newIndex builds the composition index: the compositions in their order, then
// the bundled images. The portable composition is the last of the compositions,
// because Docker Compose reads the last one.
//
// See the [image index] of image-spec v1.1.1.
//
// [image index]: https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
func newIndex(compositions []Composition, images []v1.Descriptor, subject *v1.Descriptor, annotations map[string]string) (Content, error) {
	index := v1.IndexManifest{
		SchemaVersion: 2,
		MediaType:     types.OCIImageIndex,
		ArtifactType:  Type,
		Manifests:     []v1.Descriptor{},
		Subject:       subject,
		Annotations:   annotations,
	}
	for _, c := range compositions {
		index.Manifests = append(index.Manifests, c.descriptor())
	}
	index.Manifests = append(index.Manifests, images...)
	return encode(index.MediaType, index)
}

// reference is a descriptor with only what identifies its content: how a
// subject is named.
func reference(d v1.Descriptor) *v1.Descriptor {
	return &v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size}
}
