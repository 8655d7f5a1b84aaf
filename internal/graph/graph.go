// Package graph defines which content manifests refer to, for copy, verify and delete: a package
// that is complete for one is complete for all.
package graph

import (
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// ErrSchema1 is wrapped by the error for an image in Docker's schema 1 format, whose
// manifests are signed for one name and can't be copied to another.
var ErrSchema1 = errors.New("it is in Docker's image format schema 1, which can't be copied; rebuild the image")

// Parts are the descriptors that a manifest refers to, each once. The subject is not a
// part.
type Parts struct {
	Manifests []v1.Descriptor
	Blobs     []v1.Descriptor
}

// Of returns the parts of a manifest or index. It fails if it can't be parsed or breaks a
// rule: every descriptor must have a digest and a size, greater than zero for a manifest,
// and the number of descriptors is limited.
func Of(m store.Manifest) (Parts, error) {
	switch mt := m.Descriptor.MediaType; {
	case mt.IsIndex():
		return indexParts(m.Bytes)
	case mt.IsImage():
		return imageParts(m.Bytes)
	case mt.IsSchema1():
		return Parts{}, ErrSchema1
	default:
		return Parts{}, fmt.Errorf("its media type %q is not that of an image", mt)
	}
}

func indexParts(raw []byte) (Parts, error) {
	var index v1.IndexManifest
	if err := limits.Decode(raw, &index); err != nil {
		return Parts{}, err
	}
	var p Parts
	for _, d := range unique(index.Manifests) {
		if !IsManifest(d) {
			p.Blobs = append(p.Blobs, d) // a build cache has its layers in an index
			continue
		}
		if d.Size == 0 {
			return Parts{}, fmt.Errorf("its descriptor of %s has the size 0", d.Digest)
		}
		p.Manifests = append(p.Manifests, d)
	}
	return p, check(index.Manifests)
}

func imageParts(raw []byte) (Parts, error) {
	var m v1.Manifest
	if err := limits.Decode(raw, &m); err != nil {
		return Parts{}, err
	}
	if len(m.Layers) > limits.ManifestLayers {
		return Parts{}, &limits.Error{What: "layers in a manifest", Limit: limits.ManifestLayers}
	}
	all := append([]v1.Descriptor{m.Config}, m.Layers...)
	return Parts{Blobs: unique(all)}, check(all)
}

// Listed returns the unchanged descriptors that an index lists; none for another manifest.
func Listed(m store.Manifest) ([]v1.Descriptor, error) {
	if !m.Descriptor.MediaType.IsIndex() {
		return nil, nil
	}
	var index v1.IndexManifest
	err := limits.Decode(m.Bytes, &index)
	return index.Manifests, err
}

// IsManifest reports whether a descriptor is that of a manifest or index.
func IsManifest(d v1.Descriptor) bool {
	return d.MediaType.IsIndex() || d.MediaType.IsImage() || d.MediaType.IsSchema1()
}

func check(ds []v1.Descriptor) error {
	for _, d := range ds {
		if d.Digest.Hex == "" {
			return errors.New("it has a descriptor without a digest")
		}
		if d.Size < 0 {
			return fmt.Errorf("its descriptor of %s has the size %d", d.Digest, d.Size)
		}
	}
	return nil
}

// unique removes duplicates: an image can have the same empty layer many times.
func unique(ds []v1.Descriptor) []v1.Descriptor {
	type key struct {
		digest    v1.Hash
		size      int64
		mediaType types.MediaType
	}
	seen := map[key]bool{}
	out := make([]v1.Descriptor, 0, len(ds))
	for _, d := range ds {
		k := key{d.Digest, d.Size, d.MediaType}
		if !seen[k] {
			seen[k] = true
			out = append(out, d)
		}
	}
	return out
}

// Matches checks that a manifest has the size and media type of a descriptor. A descriptor
// without them, such as that of a pin, always matches.
func Matches(d v1.Descriptor, m store.Manifest) error {
	if d.Size == 0 && d.MediaType == "" {
		return nil
	}
	if d.Size != m.Descriptor.Size {
		return &remote.SizeError{Want: d.Size, Got: m.Descriptor.Size}
	}
	if d.MediaType != m.Descriptor.MediaType {
		return &MediaTypeError{Want: d.MediaType, Got: m.Descriptor.MediaType}
	}
	return nil
}

// A MediaTypeError reports that content does not have the media type of its descriptor.
type MediaTypeError struct{ Want, Got types.MediaType }

func (e *MediaTypeError) Error() string {
	return fmt.Sprintf("the content has the media type %q, but its descriptor has %q", e.Got, e.Want)
}

// IsNonDistributable reports whether a blob must not be copied: its license forbids it, and
// the descriptor has URLs to download it.
func IsNonDistributable(d v1.Descriptor) bool {
	switch d.MediaType {
	case types.DockerForeignLayer, types.OCIRestrictedLayer, types.OCIUncompressedRestrictedLayer,
		"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd":
		return len(d.URLs) > 0
	}
	return false
}
