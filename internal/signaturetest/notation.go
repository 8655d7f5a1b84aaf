package signaturetest

import (
	"crypto/x509"
	"encoding/json"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-core-go/testhelper"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/signer"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// notationType is the artifactType of Notation's signatures.
const notationType = "application/vnd.cncf.notary.signature"

// Sign signs the manifest that a reference points to, and attaches the signature to it.
func Sign(t testing.TB, ref string, with testhelper.RSACertTuple) {
	t.Helper()
	subject, err := remote.Head(registrytest.Parse(t, ref))
	require.NoError(t, err)
	s, err := signer.NewGenericSigner(with.PrivateKey, []*x509.Certificate{with.Cert})
	require.NoError(t, err)
	envelope, _, err := s.Sign(t.Context(), ocispec.Descriptor{
		MediaType: string(subject.MediaType), Digest: digest.Digest(subject.Digest.String()), Size: subject.Size,
	}, notation.SignerSignOptions{SignatureMediaType: jws.MediaTypeEnvelope})
	require.NoError(t, err)
	Attach(t, ref, subject, envelope)
}

// Attach attaches a manifest with the type of Notation's signatures and these layers, which may
// be invalid.
func Attach(t testing.TB, ref string, subject *v1.Descriptor, envelopes ...[]byte) {
	t.Helper()
	repo := registrytest.Parse(t, ref).Context()
	push := func(mediaType types.MediaType, content []byte) v1.Descriptor {
		layer := static.NewLayer(content, mediaType)
		require.NoError(t, remote.WriteLayer(repo, layer))
		hash, err := layer.Digest()
		require.NoError(t, err)
		return v1.Descriptor{MediaType: mediaType, Digest: hash, Size: int64(len(content))}
	}
	m := v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: notationType,
		Config: push("application/vnd.oci.empty.v1+json", []byte("{}")), Subject: subject, Layers: []v1.Descriptor{},
	}
	for _, envelope := range envelopes {
		m.Layers = append(m.Layers, push(jws.MediaTypeEnvelope, envelope))
	}
	raw, err := json.Marshal(m)
	require.NoError(t, err)
	hash, _, err := v1.SHA256(strings.NewReader(string(raw)))
	require.NoError(t, err)
	require.NoError(t, remote.Put(repo.Digest(hash.String()), registrytest.Manifest{Raw: raw, Type: types.OCIManifestSchema1}))
}
