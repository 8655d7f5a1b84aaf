package artifact

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/limits"
)

// HasLegacy tells whether there is such a package in the form of OCI 1.0: not of a bundle, which
// needs an index with an artifactType, of what is attached, and of Margo's, which is known by
// its artifactType.
func (o Options) HasLegacy() bool {
	return o.Mode != Bundled && o.Subject == nil && o.Format != MargoFormat
}

// LegacyTwin returns a composition's manifest as OCI 1.0 has it: without artifactType and
// subject, marked by its config's media type. There is none of a manifest that has neither,
// and of an index. A registry that takes the twin and refuses the manifest supports OCI 1.0
// only.
func LegacyTwin(content Content) (Content, bool) {
	if !content.Descriptor.MediaType.IsImage() {
		return Content{}, false
	}
	var manifest v1.Manifest
	if err := limits.Decode(content.Bytes, &manifest); err != nil || manifest.ArtifactType == "" && manifest.Subject == nil {
		return Content{}, false
	}
	manifest.ArtifactType, manifest.Subject = "", nil
	manifest.Config.MediaType = LegacyConfigType
	twin, err := encode(manifest.MediaType, manifest)
	return twin, err == nil
}
