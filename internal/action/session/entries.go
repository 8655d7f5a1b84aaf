package session

import (
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/artifact"
)

// ListSome lists the first few.
func ListSome(all []string) string {
	const few = 3
	if len(all) <= few {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:few], ", "), len(all)-few)
}

// AnnotationImageName is the annotation with containerd's name of an image in a layout.
//
// See https://github.com/containerd/containerd/blob/v2.0.0/core/images/annotations.go.
const AnnotationImageName = "io.containerd.image.name"

// ImageEntry returns an image's entry in index.json, with its name.
func ImageEntry(d v1.Descriptor, name string) v1.Descriptor {
	d = Identity(d)
	d.Annotations = map[string]string{
		ocispec.AnnotationRefName: name, AnnotationImageName: name, artifact.AnnotationImageRef: name,
	}
	return d
}

// TaggedEntry returns the entry in index.json of an index that has its own tag in a registry.
func TaggedEntry(d v1.Descriptor) v1.Descriptor {
	entry := Identity(d)
	entry.Annotations = map[string]string{ocispec.AnnotationRefName: ManifestTag(d.Digest), artifact.AnnotationImageRef: d.Annotations[artifact.AnnotationImageRef]}
	return entry
}

// Identity returns a descriptor without the annotations of its source.
func Identity(d v1.Descriptor) v1.Descriptor {
	return v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size}
}

// ManifestTag is the tag that protects a manifest from a cleanup of untagged
// manifests. It differs from the referrers tag schema's, which has another meaning.
func ManifestTag(digest v1.Hash) string { return "ocompose-" + digest.Hex }
