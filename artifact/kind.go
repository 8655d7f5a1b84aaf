package artifact

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/limits"
)

// Kind tells people what a manifest or index is: "a container image", "a composition".
// isComposition tells whether it is one that this package can read.
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

// IsType tells whether an artifactType is that of packages.
func IsType(artifactType string) bool { return artifactType == Type || artifactType == MargoType }

// TypeOf is the artifactType that a descriptor of a package gives. It is [Type] also where the
// package, in the form of OCI 1.0, has none.
func TypeOf(root Content) string {
	var m v1.Manifest
	if !root.IsIndex() && limits.Decode(root.Bytes, &m) == nil && isMargo(m) {
		return MargoType
	}
	return Type
}

// isCompositionManifest tells what a composition is: by its artifactType, or on a registry
// of OCI 1.0 by its config's media type.
func isCompositionManifest(m v1.Manifest) bool {
	return m.ArtifactType == Type || isMargo(m) || m.ArtifactType == "" && m.Config.MediaType == LegacyConfigType
}

// kindOfManifest tells people what a manifest is that is no composition.
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

// kindOfIndex tells people what an index is that has no compositions.
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
