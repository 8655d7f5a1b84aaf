package registry

import (
	"bytes"
	"encoding/json"
	"net/http"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// maxManifest is the maximum size of a manifest in bytes, as recommended by the specification.
const maxManifest = 4 << 20

// manifest is what the registry needs to know about a manifest.
type manifest struct {
	digest       v1.Hash
	size         int64
	mediaType    types.MediaType
	needs        []need // content that must be in the repository
	subject      *v1.Hash
	artifactType string // as in the referrers API
	annotations  map[string]string
	since11      bool // has a field of OCI 1.1
}

type need struct {
	v1.Descriptor
	manifest bool
}

func (m *manifest) descriptor() v1.Descriptor {
	return v1.Descriptor{
		MediaType: m.mediaType, Digest: m.digest, Size: m.size,
		ArtifactType: m.artifactType, Annotations: m.annotations,
	}
}

// parseManifest parses an OCI or Docker image manifest or index.
func parseManifest(mediaType types.MediaType, digest v1.Hash, raw []byte) (*manifest, error) {
	var doc struct {
		SchemaVersion int64             `json:"schemaVersion"`
		MediaType     types.MediaType   `json:"mediaType"`
		Config        *v1.Descriptor    `json:"config"`
		Layers        []v1.Descriptor   `json:"layers"`
		Manifests     []v1.Descriptor   `json:"manifests"`
		Annotations   map[string]string `json:"annotations"`
		Subject       *v1.Descriptor    `json:"subject"`
		ArtifactType  string            `json:"artifactType"`
		FSLayers      json.RawMessage   `json:"fsLayers"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, invalid("the manifest is invalid: %v", err)
	}
	if mediaType == "" {
		mediaType = doc.MediaType
	}
	m := &manifest{
		digest: digest, size: int64(len(raw)), mediaType: mediaType, annotations: doc.Annotations,
		since11: doc.Subject != nil || doc.ArtifactType != "",
	}
	switch {
	case doc.SchemaVersion != 2:
		return nil, invalid("the manifest's schemaVersion is %d, not 2", doc.SchemaVersion)
	case doc.MediaType != "" && doc.MediaType != mediaType:
		return nil, invalid("the manifest's mediaType is %.200q, but its Content-Type is %.200q", doc.MediaType, mediaType)
	case mediaType.IsImage():
		if doc.Config == nil || doc.Layers == nil || doc.Manifests != nil || doc.FSLayers != nil {
			return nil, invalid("an image manifest has a config and layers, and neither manifests nor fsLayers")
		}
		m.needs = append(m.needs, need{Descriptor: *doc.Config})
		for _, layer := range doc.Layers {
			if layer.MediaType.IsDistributable() {
				m.needs = append(m.needs, need{Descriptor: layer})
			}
		}
	case mediaType.IsIndex():
		if doc.Manifests == nil || doc.Config != nil || doc.Layers != nil || doc.FSLayers != nil {
			return nil, invalid("an index has manifests, and no config, layers or fsLayers")
		}
		for _, child := range doc.Manifests {
			isManifest := child.MediaType.IsImage() || child.MediaType.IsIndex()
			m.needs = append(m.needs, need{Descriptor: child, manifest: isManifest})
		}
	default:
		return nil, invalid("%.200q is not a supported manifest type", mediaType)
	}
	for _, need := range m.needs {
		if need.Digest == (v1.Hash{}) || need.MediaType == "" || need.Size < 0 {
			return nil, invalid("each descriptor has a mediaType, a digest and a size")
		}
	}
	if mediaType != types.OCIManifestSchema1 && mediaType != types.OCIImageIndex {
		return m, nil // Docker's types have no subject
	}
	if doc.Subject != nil {
		if doc.Subject.Digest == (v1.Hash{}) {
			return nil, invalid("the subject has no digest")
		}
		m.subject = &doc.Subject.Digest
	}
	m.artifactType = doc.ArtifactType
	if m.artifactType == "" && doc.Config != nil {
		m.artifactType = string(doc.Config.MediaType)
	}
	return m, nil
}

func invalid(format string, args ...any) error {
	return failure(http.StatusBadRequest, codeManifestInvalid, format, args...)
}

func digestOf(algorithm string, raw []byte) (v1.Hash, error) {
	if algorithm == "sha256" {
		digest, _, err := v1.SHA256(bytes.NewReader(raw))
		return digest, err
	}
	sum, err := v1.Hasher(algorithm)
	if err != nil {
		return v1.Hash{}, err
	}
	sum.Write(raw)
	return v1.Hash{Algorithm: algorithm, Hex: hexSum(sum)}, nil
}
