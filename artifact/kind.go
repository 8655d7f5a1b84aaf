package artifact

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/limits"
)

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
