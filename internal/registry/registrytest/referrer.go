package registrytest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

// PushReferrer pushes an artifact without layers and with the subject directly to the server's registry: without
// faults, and unrecorded. It returns the descriptor as listed by the referrers API. The tag schema is not written.
func (s *Server) PushReferrer(t testing.TB, repository string, subject v1.Descriptor, artifactType string, annotations map[string]string) v1.Descriptor {
	t.Helper()
	const emptyDigest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
	config := v1.Descriptor{MediaType: types.OCIEmptyJSON, Digest: v1.Hash{Algorithm: "sha256", Hex: emptyDigest}, Size: 2}
	s.do(t, http.MethodPost, "/v2/"+repository+"/blobs/uploads/?digest="+config.Digest.String(), "", []byte("{}"))
	raw, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.OCIManifestSchema1,
		Config:        config,
		Layers:        []v1.Descriptor{},
		Annotations:   annotations,
		Subject:       &subject,
		ArtifactType:  artifactType,
	})
	require.NoError(t, err)
	digest, size, err := v1.SHA256(bytes.NewReader(raw))
	require.NoError(t, err)
	s.do(t, http.MethodPut, "/v2/"+repository+"/manifests/"+digest.String(), string(types.OCIManifestSchema1), raw)
	return v1.Descriptor{
		MediaType: types.OCIManifestSchema1, Digest: digest, Size: size,
		ArtifactType: artifactType, Annotations: annotations,
	}
}

// PutManifest puts a manifest or index at a tag or digest, directly to the server's registry: without faults, and
// unrecorded.
func (s *Server) PutManifest(t testing.TB, repository, reference string, mediaType types.MediaType, raw []byte) {
	t.Helper()
	s.do(t, http.MethodPut, "/v2/"+repository+"/manifests/"+reference, string(mediaType), raw)
}
