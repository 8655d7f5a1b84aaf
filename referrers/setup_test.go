package referrers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/referrers"
)

// noCredentials is a keychain without logins, independent of the user's configuration.
var noCredentials = authn.NewMultiKeychain()

// newClient makes a client with delays for loopback that gives up early on a broken registry, and
// the remote client below it.
func newClient(t testing.TB, opts ...referrers.Option) (*referrers.Client, *remote.Client) {
	t.Helper()
	d := remote.New(remote.WithKeychain(noCredentials), remote.WithRetries(remote.Retry{
		Attempts: 4, Base: 5 * time.Millisecond, Max: 50 * time.Millisecond, MaxRetryAfter: 2 * time.Second,
	}))
	return referrers.New(append([]referrers.Option{referrers.WithRegistries(d), referrers.WithSettle(20 * time.Millisecond)}, opts...)...), d
}

// A fixture is a repository with a subject in it.
type fixture struct {
	repo    name.Repository
	subject name.Digest
	desc    v1.Descriptor
	child   v1.Descriptor // of the subject
	direct  *remote.Client
}

// newFixture pushes a subject to a repository of host: an image index, because a registry can
// mistake one for a list of referrers.
func newFixture(t testing.TB, d *remote.Client, host, repository string) fixture {
	t.Helper()
	repo, err := name.NewRepository(host + "/" + repository)
	require.NoError(t, err)
	f := fixture{repo: repo, direct: d}
	f.putEmptyBlob(t)
	f.child = f.put(t, types.OCIManifestSchema1, mustJSON(t, v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: emptyConfig(), Layers: []v1.Descriptor{},
		Annotations: map[string]string{"org.example.label": "child"},
	}))
	f.desc = f.put(t, types.OCIImageIndex, mustJSON(t, v1.IndexManifest{
		SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{f.child},
	}))
	f.subject = repo.Digest(f.desc.Digest.String())
	return f
}

func emptyConfig() v1.Descriptor {
	hash, size, _ := v1.SHA256(bytes.NewReader([]byte("{}")))
	return v1.Descriptor{MediaType: types.OCIEmptyJSON, Digest: hash, Size: size}
}

func (f fixture) putEmptyBlob(t testing.TB) {
	t.Helper()
	desc := emptyConfig()
	require.NoError(t, f.direct.PutBlob(t.Context(), f.repo, desc, remote.Bytes([]byte("{}"))))
}

// put pushes a manifest by digest, without updating any list.
func (f fixture) put(t testing.TB, mediaType types.MediaType, raw []byte) v1.Descriptor {
	t.Helper()
	hash, size, err := v1.SHA256(bytes.NewReader(raw))
	require.NoError(t, err)
	_, err = f.direct.PutManifest(t.Context(), f.repo.Digest(hash.String()), mediaType, raw)
	require.NoError(t, err)
	return v1.Descriptor{MediaType: mediaType, Digest: hash, Size: size}
}

// tag reads the manifest under the referrers tag.
func (f fixture) tag(t testing.TB) (raw []byte, ok bool) {
	t.Helper()
	m, err := f.direct.GetManifest(context.Background(), referrers.Tag(f.subject))
	if remote.IsNotFound(err) {
		return nil, false
	}
	require.NoError(t, err)
	return m.Bytes, true
}

// setTag writes a manifest under the referrers tag.
func (f fixture) setTag(t testing.TB, raw []byte) {
	t.Helper()
	_, err := f.direct.PutManifest(t.Context(), referrers.Tag(f.subject), types.OCIImageIndex, raw)
	require.NoError(t, err)
}

// artifact is a manifest that refers to the fixture's subject.
func (f fixture) artifact(t testing.TB, artifactType, label string) []byte {
	t.Helper()
	return artifactOf(t, f.desc, artifactType, label)
}

func artifactOf(t testing.TB, subject v1.Descriptor, artifactType, label string) []byte {
	t.Helper()
	return mustJSON(t, v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: emptyConfig(), Layers: []v1.Descriptor{},
		ArtifactType: artifactType, Subject: &subject,
		Annotations: map[string]string{"org.example.label": label},
	})
}

// composition is an index that refers to the fixture's subject.
func (f fixture) composition(t testing.TB, artifactType, label string) []byte {
	t.Helper()
	return mustJSON(t, v1.IndexManifest{
		SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{f.child},
		ArtifactType: artifactType, Subject: &f.desc,
		Annotations: map[string]string{"org.example.label": label},
	})
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return raw
}

// digests returns the digests of descriptors, in order.
func digests(descs []v1.Descriptor) []string {
	out := make([]string, 0, len(descs))
	for _, d := range descs {
		out = append(out, d.Digest.String())
	}
	return out
}

func label(i int) string { return fmt.Sprintf("number %04d", i) }

const typeA, typeB = "application/vnd.example.a", "application/vnd.example.b"
