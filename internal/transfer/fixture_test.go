package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// anonymous is a keychain without logins.
type anonymous struct{}

func (anonymous) Resolve(authn.Resource) (authn.Authenticator, error) { return authn.Anonymous, nil }

// newClient returns a client with the shortest possible waits.
func newClient(opts ...remote.Option) *remote.Client {
	return remote.New(append([]remote.Option{
		remote.WithKeychain(anonymous{}),
		remote.WithRetries(remote.Retry{Attempts: 8, Base: time.Millisecond, Max: 4 * time.Millisecond, MaxRetryAfter: time.Minute}),
	}, opts...)...)
}

// A copier copies between the repositories that a client can access.
type copier struct {
	*Copier
	client *remote.Client
}

func newCopier(c *remote.Client, opts ...Option) copier { return copier{New(c.Jobs(), opts...), c} }

func (c copier) in(repo name.Repository) *store.Registry {
	return store.NewRegistry(repo, c.client, nil)
}

func (c copier) Copy(ctx context.Context, from name.Repository, root v1.Descriptor, to name.Repository, opts ...CopyOption) error {
	return c.Copier.Copy(ctx, c.in(from), root, c.in(to), opts...)
}

func (c copier) Manifest(ctx context.Context, repo name.Repository, d v1.Descriptor) (remote.Manifest, error) {
	return c.Copier.Manifest(ctx, c.in(repo), d)
}

func repository(t testing.TB, s string) name.Repository {
	t.Helper()
	r, err := name.NewRepository(s)
	require.NoError(t, err)
	return r
}

// shape describes a generated image.
type shape struct {
	platforms int // one: a single manifest without an index
	layers    int
	shared    int // number of layers that every image and platform shares
	size      int // of a layer, in bytes
	docker    bool
}

// filler adds content to a registry with requests that are not counted.
type filler struct {
	t       testing.TB
	handler http.Handler
	repo    name.Repository
}

func storeIn(t testing.TB, s *registrytest.Server, repo string) filler {
	return filler{t: t, handler: s.Handler(), repo: repository(t, s.Host+"/"+repo)}
}

func (s filler) send(method, path, contentType string, body []byte) *http.Response {
	s.t.Helper()
	try := func(authorization string) *http.Response {
		req := httptest.NewRequest(method, path, bytes.NewReader(body))
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, req)
		return w.Result()
	}
	res := try("")
	if res.StatusCode != http.StatusUnauthorized {
		return res
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/token?scope=repository:"+s.repo.RepositoryStr()+":pull,push", nil))
	var answer struct{ Token string }
	require.NoError(s.t, json.Unmarshal(w.Body.Bytes(), &answer))
	return try("Bearer " + answer.Token)
}

func (s filler) blob(mt types.MediaType, b []byte) v1.Descriptor {
	s.t.Helper()
	h, n, err := v1.SHA256(bytes.NewReader(b))
	require.NoError(s.t, err)
	d := v1.Descriptor{MediaType: mt, Digest: h, Size: n}
	path := "/v2/" + s.repo.RepositoryStr() + "/blobs/"
	if s.send(http.MethodHead, path+h.String(), "", nil).StatusCode == http.StatusOK {
		return d
	}
	res := s.send(http.MethodPost, path+"uploads/", "", nil)
	require.Equal(s.t, http.StatusAccepted, res.StatusCode)
	u, err := url.Parse(res.Header.Get("Location"))
	require.NoError(s.t, err)
	q := u.Query()
	q.Set("digest", h.String())
	u.RawQuery = q.Encode()
	res = s.send(http.MethodPut, u.RequestURI(), "application/octet-stream", b)
	require.Equal(s.t, http.StatusCreated, res.StatusCode)
	return d
}

func (s filler) manifest(mt types.MediaType, v any) v1.Descriptor {
	s.t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(s.t, err)
	h, n, err := v1.SHA256(bytes.NewReader(raw))
	require.NoError(s.t, err)
	res := s.send(http.MethodPut, "/v2/"+s.repo.RepositoryStr()+"/manifests/"+h.String(), string(mt), raw)
	if res.StatusCode != http.StatusCreated {
		b, _ := io.ReadAll(res.Body)
		require.Equal(s.t, http.StatusCreated, res.StatusCode, string(b))
	}
	return v1.Descriptor{MediaType: mt, Digest: h, Size: n}
}

// noise is incompressible content, reproducible for a seed.
func noise(n int, seed string) []byte {
	var key [32]byte
	copy(key[:], seed)
	b := make([]byte, n)
	_, _ = rand.NewChaCha8(key).Read(b)
	return b
}

var platforms = []v1.Platform{
	{OS: "linux", Architecture: "amd64"}, {OS: "linux", Architecture: "arm64"},
	{OS: "linux", Architecture: "arm", Variant: "v7"}, {OS: "linux", Architecture: "s390x"},
	{OS: "linux", Architecture: "ppc64le"}, {OS: "linux", Architecture: "riscv64"},
	{OS: "linux", Architecture: "386"}, {OS: "linux", Architecture: "mips64le"},
}

// image makes an image of a shape. Images with different seeds have only the shared layers in
// common.
func (s filler) image(seed string, sh shape) v1.Descriptor {
	s.t.Helper()
	manifestType, indexType, layerType, configType := types.OCIManifestSchema1, types.OCIImageIndex, types.OCILayer, types.OCIConfigJSON
	if sh.docker {
		manifestType, indexType, layerType, configType = types.DockerManifestSchema2, types.DockerManifestList, types.DockerLayer, types.DockerConfigJSON
	}
	var children []v1.Descriptor
	for p := range max(sh.platforms, 1) {
		m := v1.Manifest{SchemaVersion: 2, MediaType: manifestType}
		config := fmt.Appendf(nil, `{"architecture":%q,"os":"linux","seed":%q}`, platforms[p].Architecture, seed)
		m.Config = s.blob(configType, config)
		for l := range sh.layers {
			id := fmt.Sprintf("%s %d %d", seed, p, l)
			if l < sh.shared {
				id = fmt.Sprintf("base %d", l)
			}
			m.Layers = append(m.Layers, s.blob(layerType, noise(max(sh.size, 32), id)))
		}
		d := s.manifest(manifestType, m)
		d.Platform = &platforms[p]
		children = append(children, d)
	}
	if sh.platforms <= 1 {
		children[0].Platform = nil
		return children[0]
	}
	return s.manifest(indexType, v1.IndexManifest{SchemaVersion: 2, MediaType: indexType, Manifests: children})
}

// reader is a client to check results with. All checks share it, to keep them fast.
var reader = sync.OnceValue(func() *remote.Client { return newClient() })

// requireWhole requires that all content below a root is in a repository, byte for byte.
func requireWhole(t testing.TB, repo name.Repository, root v1.Descriptor) {
	t.Helper()
	ctx, c := context.Background(), reader()
	m, err := c.GetManifest(ctx, repo.Digest(root.Digest.String()))
	require.NoError(t, err)
	require.Equal(t, root.MediaType, m.Descriptor.MediaType)
	p, err := graph.Of(m)
	require.NoError(t, err)
	for _, d := range p.Manifests {
		requireWhole(t, repo, d)
	}
	for _, d := range slices.DeleteFunc(p.Blobs, graph.IsNonDistributable) {
		r, err := c.GetBlob(ctx, repo, d)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
	}
}

// trim makes an index of the first n manifests of another one.
func trim(t testing.TB, m remote.Manifest, n int) remote.Manifest {
	t.Helper()
	idx, err := v1.ParseIndexManifest(bytes.NewReader(m.Bytes))
	require.NoError(t, err)
	idx.Manifests = idx.Manifests[:n]
	raw, err := json.Marshal(idx)
	require.NoError(t, err)
	return manifestOf(t, m.Descriptor.MediaType, raw)
}

func manifestOf(t testing.TB, mt types.MediaType, raw []byte) remote.Manifest {
	t.Helper()
	h, size, err := v1.SHA256(bytes.NewReader(raw))
	require.NoError(t, err)
	return remote.Manifest{Descriptor: v1.Descriptor{MediaType: mt, Digest: h, Size: size}, Bytes: raw}
}

func encoded(t testing.TB, mt types.MediaType, v any) remote.Manifest {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return manifestOf(t, mt, raw)
}

// source is an image in its repository, with its root: a manifest or an index.
type source struct {
	Repo name.Repository
	Desc v1.Descriptor
}
