package artifact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

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

// checkDigests fails if a descriptor has no digest. The library checks the form of a digest, but
// not that there is one: null is a valid descriptor for it.
func checkDigests(all []v1.Descriptor) error {
	if slices.ContainsFunc(all, func(d v1.Descriptor) bool { return d.Digest.Hex == "" }) {
		return errors.New("it has a descriptor without a digest")
	}
	return nil
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

// Kind describes a manifest or index for people, such as "a container image" or "a
// composition". isComposition reports whether it is a composition that this package can
// read.
func Kind(c Content) (kind string, isComposition bool) {
	if c.IsIndex() {
		var index v1.IndexManifest
		if limits.Decode(c.Bytes, &index) != nil {
			return "an index that can't be read", false
		}
		if _, err := parseIndex("", c); err == nil {
			return "a composition", true
		}
		return kindOfIndex(index), false
	}
	var manifest v1.Manifest
	if limits.Decode(c.Bytes, &manifest) != nil {
		return "a manifest that can't be read", false
	}
	if isCompositionManifest(manifest) {
		return "a composition", true
	}
	return kindOfManifest(manifest), false
}

// IsType reports whether an artifactType is that of a package.
func IsType(artifactType string) bool { return artifactType == Type || artifactType == MargoType }

// TypeOf returns the artifactType for a descriptor of a package. It returns [Type] for an
// OCI 1.0 package too, which has no artifactType.
func TypeOf(root Content) string {
	var m v1.Manifest
	if !root.IsIndex() && limits.Decode(root.Bytes, &m) == nil && isMargo(m) {
		return MargoType
	}
	return Type
}

// isCompositionManifest recognizes a composition by its artifactType, or, in OCI 1.0 form,
// by its config's media type.
func isCompositionManifest(m v1.Manifest) bool {
	return m.ArtifactType == Type || isMargo(m) || m.ArtifactType == "" && m.Config.MediaType == LegacyConfigType
}

// kindOfManifest describes a manifest that is not a composition.
func kindOfManifest(m v1.Manifest) string {
	switch {
	case m.ArtifactType != "":
		return fmt.Sprintf("an artifact of type %q", m.ArtifactType)
	case m.Config.MediaType.IsConfig():
		return "a container image"
	default:
		return fmt.Sprintf("an artifact of type %q", m.Config.MediaType)
	}
}

// kindOfIndex describes an index without compositions.
func kindOfIndex(index v1.IndexManifest) string {
	if index.ArtifactType != "" {
		return fmt.Sprintf("an index of type %q without compositions", index.ArtifactType)
	}
	hasPlatform := func(d v1.Descriptor) bool { return d.Platform != nil }
	if slices.ContainsFunc(index.Manifests, hasPlatform) {
		return "a multi-platform container image"
	}
	return "an index without compositions"
}
