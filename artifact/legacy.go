package artifact

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/limits"
)

// HasLegacy reports whether a package with these options can be built in OCI 1.0 form.
// Bundles can't, because they need an index with an artifactType; nor can packages that are
// attached to an image, nor Margo packages, which are recognized by their artifactType.
func (o Options) HasLegacy() bool {
	return o.Mode != Bundled && o.Subject == nil && o.Format != MargoFormat
}

// LegacyTwin returns a composition's manifest in OCI 1.0 form: without artifactType and
// subject, marked by its config's media type. It returns false for an index, and for a
// manifest without artifactType and subject. A registry that accepts the twin but rejects
// the manifest supports only OCI 1.0.
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
