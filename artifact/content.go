package artifact

import (
	"bytes"
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/limits"
)

// Content is a manifest or index as it is stored: its bytes and their descriptor.
type Content struct {
	// Descriptor has the media type, digest and size, in bytes, of Bytes.
	Descriptor v1.Descriptor
	// Bytes may be nil if only the descriptor is known.
	Bytes []byte
}

// IsIndex reports whether the content is an index.
func (c Content) IsIndex() bool { return c.Descriptor.MediaType.IsIndex() }

// Listed returns the descriptors that an index lists; none for a manifest.
func (c Content) Listed() []v1.Descriptor {
	if !c.IsIndex() {
		return nil
	}
	var index v1.IndexManifest
	if limits.Decode(c.Bytes, &index) != nil {
		return nil
	}
	return index.Manifests
}

// newContent returns raw with its descriptor.
func newContent(mediaType types.MediaType, raw []byte) (Content, error) {
	digest, size, err := v1.SHA256(bytes.NewReader(raw))
	if err != nil {
		return Content{}, err
	}
	return Content{Descriptor: v1.Descriptor{MediaType: mediaType, Digest: digest, Size: size}, Bytes: raw}, nil
}

// encode returns the JSON of a manifest or index as it is stored: without HTML escapes, so
// that references stay readable.
func encode(mediaType types.MediaType, document any) (Content, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(document); err != nil {
		return Content{}, err
	}
	return newContent(mediaType, bytes.TrimRight(b.Bytes(), "\n"))
}

// reference returns a descriptor with only the fields that identify its content, as in a
// subject.
func reference(d v1.Descriptor) *v1.Descriptor {
	return &v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size}
}
