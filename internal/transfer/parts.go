package transfer

import (
	"bytes"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/store"
)

// ErrSchema1 is in the chain of an error about an image in the first of
// Docker's formats, whose manifests are signed for one name and can't be
// copied to another.
var ErrSchema1 = errors.New("it is in the first of Docker's image formats, which can't be copied; build the image anew")

// parts are the descriptors that a manifest refers to, each once.
type parts struct {
	manifests []v1.Descriptor
	blobs     []v1.Descriptor
}

// partsOf reads what a manifest refers to. The subject of a manifest is no
// part of it.
func partsOf(m store.Manifest) (parts, error) {
	mt := m.Descriptor.MediaType
	switch {
	case mt.IsIndex():
		return indexParts(m.Bytes)
	case mt.IsImage():
		return imageParts(m.Bytes)
	case mt.IsSchema1():
		return parts{}, ErrSchema1
	}
	return parts{}, fmt.Errorf("its media type %q is none of an image", mt)
}

func indexParts(raw []byte) (parts, error) {
	idx, err := v1.ParseIndexManifest(bytes.NewReader(raw))
	if err != nil {
		return parts{}, err
	}
	var p parts
	for _, d := range unique(idx.Manifests) {
		if d.MediaType.IsIndex() || d.MediaType.IsImage() || d.MediaType.IsSchema1() {
			p.manifests = append(p.manifests, d)
			continue
		}
		// A build cache has its layers in an index.
		p.blobs = append(p.blobs, d)
	}
	return p, check(idx.Manifests)
}

func imageParts(raw []byte) (parts, error) {
	m, err := v1.ParseManifest(bytes.NewReader(raw))
	if err != nil {
		return parts{}, err
	}
	all := append([]v1.Descriptor{m.Config}, m.Layers...)
	return parts{blobs: unique(all)}, check(all)
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
		digest v1.Hash
		size   int64
	}
	seen := map[key]bool{}
	out := make([]v1.Descriptor, 0, len(ds))
	for _, d := range ds {
		k := key{d.Digest, d.Size}
		if !seen[k] {
			seen[k] = true
			out = append(out, d)
		}
	}
	return out
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
