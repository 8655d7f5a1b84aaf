package remote

import (
	"bytes"
	"context"
	"encoding/hex"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// anonymous is a keychain without logins.
type anonymous struct{}

func (anonymous) Resolve(authn.Resource) (authn.Authenticator, error) { return authn.Anonymous, nil }

// fakeClock passes requested waits immediately, and records them.
type fakeClock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
}

func (k *fakeClock) Now() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

func (k *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now = k.now.Add(d)
	k.waits = append(k.waits, d)
	return ctx.Err()
}

func (k *fakeClock) waited() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	var sum time.Duration
	for _, w := range k.waits {
		sum += w
	}
	return sum
}

// newClient returns a client that never waits, and its clock.
func newClient(opts ...Option) (*Client, *fakeClock) {
	k := newFakeClock()
	return New(append([]Option{WithKeychain(anonymous{}), withClock(k)}, opts...)...), k
}

func repository(t testing.TB, s string) name.Repository {
	t.Helper()
	r, err := name.NewRepository(s)
	require.NoError(t, err)
	return r
}

// blobOf returns the descriptor of content.
func blobOf(t testing.TB, b []byte) v1.Descriptor {
	t.Helper()
	h, n, err := v1.SHA256(bytes.NewReader(b))
	require.NoError(t, err)
	return v1.Descriptor{MediaType: types.OCILayer, Digest: h, Size: n}
}

// noise is n incompressible bytes, reproducible for a seed.
func noise(n int, seed byte) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

var emptyIndex = []byte(`{"schemaVersion":2,"mediaType":"` + string(types.OCIImageIndex) + `","manifests":[]}`)

// filled is a registry with one blob and the tag 1, and an empty log.
func filled(t testing.TB, s *registrytest.Server, path string, content []byte) (name.Repository, v1.Descriptor) {
	t.Helper()
	repo := repository(t, s.Host+"/"+path)
	c, _ := newClient()
	d := blobOf(t, content)
	require.NoError(t, c.PutBlob(context.Background(), repo, d, Bytes(content)))
	_, err := c.PutManifest(context.Background(), repo.Tag("1"), types.OCIImageIndex, emptyIndex)
	require.NoError(t, err)
	s.Reset()
	return repo, d
}

// digestOf hashes content.
func digestOf(t testing.TB, algorithm string, b []byte) v1.Hash {
	t.Helper()
	h, err := v1.Hasher(algorithm)
	require.NoError(t, err)
	_, _ = h.Write(b)
	return v1.Hash{Algorithm: algorithm, Hex: hex.EncodeToString(h.Sum(nil))}
}
