package distribution

import (
	"bytes"
	"context"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

// anonymous is a keychain that knows nobody.
type anonymous struct{}

func (anonymous) Resolve(authn.Resource) (authn.Authenticator, error) { return authn.Anonymous, nil }

// blobOf describes content.
func blobOf(t testing.TB, b []byte) v1.Descriptor {
	t.Helper()
	h, n, err := v1.SHA256(bytes.NewReader(b))
	require.NoError(t, err)
	return v1.Descriptor{MediaType: types.OCILayer, Digest: h, Size: n}
}

// noise is n bytes that don't compress and are the same for the same seed.
func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = r.Read(b)
	return b
}

func hostOf(srv *httptest.Server) string { return strings.TrimPrefix(srv.URL, "http://") }

func repository(t testing.TB, s string) name.Repository {
	t.Helper()
	r, err := name.NewRepository(s)
	require.NoError(t, err)
	return r
}

func TestBlobsAndManifestsComeBackAsTheyWent(t *testing.T) {
	srv := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer srv.Close()
	ctx := context.Background()
	c := New(WithKeychain(anonymous{}))
	repo := repository(t, hostOf(srv)+"/team/app")

	for _, size := range []int{0, 1, 100_000} {
		b := noise(size, 1)
		d := blobOf(t, b)
		_, err := c.HeadBlob(ctx, repo, d.Digest)
		require.True(t, IsNotFound(err), "%v", err)
		require.NoError(t, c.PutBlob(ctx, repo, d, Bytes(b)))
		n, err := c.HeadBlob(ctx, repo, d.Digest)
		require.NoError(t, err)
		require.EqualValues(t, size, n)
		got, err := c.ReadBlob(ctx, repo, d, 1<<20)
		require.NoError(t, err)
		require.True(t, bytes.Equal(b, got))
		wrote, err := c.EnsureBlob(ctx, repo, d, Bytes(b))
		require.NoError(t, err)
		require.False(t, wrote)
	}

	raw := []byte(`{"schemaVersion":2,"mediaType":"` + string(types.OCIImageIndex) + `","manifests":[]}`)
	_, err := c.PutManifest(ctx, repo.Tag("1"), types.OCIImageIndex, raw)
	require.NoError(t, err)
	head, err := c.HeadManifest(ctx, repo.Tag("1"))
	require.NoError(t, err)
	m, err := c.GetManifest(ctx, repo.Digest(head.Digest.String()))
	require.NoError(t, err)
	require.Equal(t, raw, m.Bytes)
	require.Equal(t, head, m.Descriptor)
	require.Equal(t, types.OCIImageIndex, m.Descriptor.MediaType)
	_, err = c.GetManifest(ctx, repo.Tag("2"))
	require.True(t, IsNotFound(err))
	require.ErrorContains(t, err, `getting manifest "`+repo.Tag("2").String()+`"`)
}

func TestTheCallerCanSendRequestsOfItsOwn(t *testing.T) {
	srv := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer srv.Close()
	c := New(WithKeychain(anonymous{}))
	req, err := http.NewRequest(http.MethodGet, "/v2/team/app/tags/list", nil)
	require.NoError(t, err)
	res, err := c.Do(context.Background(), repository(t, hostOf(srv)+"/team/app"), req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	_, err = io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, res.StatusCode)
}
