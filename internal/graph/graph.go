// Package graph is what manifests refer to, by rules that copying, verifying and deleting
// share: what one of them takes for whole, the others do too.
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

// ErrSchema1 is in the chain of an error about an image in the first of Docker's formats,
// whose manifests are signed for one name and can't be copied to another.
var ErrSchema1 = errors.New("it is in the first of Docker's image formats, which can't be copied; build the image anew")

// Parts are the descriptors that a manifest refers to, each once. A subject is no part.
type Parts struct {
	Manifests []v1.Descriptor
	Blobs     []v1.Descriptor
}

// Of reads what a manifest or index refers to. It errors where that can't be read, or
// breaks a rule: every descriptor has a digest and a size, of more than zero bytes for a
// manifest, and there are no more than a manifest of the size that registries take can
// sensibly have.
func Of(m store.Manifest) (Parts, error) {
	switch mt := m.Descriptor.MediaType; {
	case mt.IsIndex():
		return indexParts(m.Bytes)
	case mt.IsImage():
		return imageParts(m.Bytes)
	case mt.IsSchema1():
		return Parts{}, ErrSchema1
	default:
		return Parts{}, fmt.Errorf("its media type %q is none of an image", mt)
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
	all := append([]v1.Descriptor{m.Config}, m.Layers...)
	return Parts{Blobs: unique(all)}, check(all)
}

// Listed returns the descriptors that an index lists, as they are; none for another manifest.
func Listed(m store.Manifest) ([]v1.Descriptor, error) {
	if !m.Descriptor.MediaType.IsIndex() {
		return nil, nil
	}
	var index v1.IndexManifest
	err := limits.Decode(m.Bytes, &index)
	return index.Manifests, err
}

// IsManifest tells whether a descriptor is that of a manifest or index.
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

// unique leaves out repetitions: an image has the same empty layer many times.
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

// Matches checks that a manifest is what a descriptor says it is: of its size and media
// type. A descriptor with neither, as of a pin, says nothing.
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

// A MediaTypeError says that content is something else than its descriptor says.
type MediaTypeError struct{ Want, Got types.MediaType }

func (e *MediaTypeError) Error() string {
	return fmt.Sprintf("the content has the media type %q, and %q by its descriptor", e.Got, e.Want)
}

// IsNonDistributable reports whether a blob isn't copied: its license forbids it, and the
// descriptor says where to get it.
func IsNonDistributable(d v1.Descriptor) bool {
	switch d.MediaType {
	case types.DockerForeignLayer, types.OCIRestrictedLayer, types.OCIUncompressedRestrictedLayer,
		"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd":
		return len(d.URLs) > 0
	}
	return false
}
