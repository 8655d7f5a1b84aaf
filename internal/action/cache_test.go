package action

import (
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/pull"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/store"
)

func TestCacheRequests(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t)
	pushed := push(t, shopAt(t, server.Host, artifact.Loose), "1")
	dir := t.TempDir()
	keep := func(ref string, offline bool) (pull.Kept, error) {
		cache, err := pull.OpenCache(dir)
		require.NoError(t, err)
		return pull.Keep(t.Context(), newSession(), at(reference(t, ref)), cache, offline, func(p *artifact.Package) (artifact.Composition, error) {
			return p.Select(v1.Platform{OS: "linux", Architecture: "arm64"})
		})
	}
	tagged, byDigest := server.Host+"/shop:1", pushed.Digest.String()
	_, err := keep(tagged, true)
	require.ErrorContains(t, err, "is not in the cache")
	require.True(t, store.IsNotFound(err))

	first, err := keep(tagged, false)
	require.NoError(t, err)
	require.Equal(t, "linux/arm64", first.Composition.Platform.String())

	// An unchanged composition costs one request for a tag, and none for a digest or offline.
	server.Reset()
	for ref, offline := range map[string]bool{tagged: false, byDigest: false} {
		again, err := keep(ref, offline)
		require.NoError(t, err)
		require.Equal(t, first.Composition.Descriptor, again.Composition.Descriptor)
		require.False(t, again.Unasked)
	}
	_, err = keep(tagged, true)
	require.NoError(t, err)
	require.Equal(t, 1, server.Count("HEAD", "/manifests/1$"))
	require.Zero(t, server.Count("GET", "/manifests/|/blobs/"))

	// A damaged file is fetched again.
	layers, err := first.Composition.Layers()
	require.NoError(t, err)
	blob := filepath.Join(dir, "blobs", "sha256", layers[0].Descriptor.Digest.Hex)
	require.NoError(t, os.WriteFile(blob, []byte("damaged"), 0o644))
	_, err = keep(tagged, true)
	require.Error(t, err)
	_, err = keep(tagged, false)
	require.NoError(t, err)

	// A moved tag is followed. If no registry answers, the cached composition is used.
	other := shopAt(t, server.Host, artifact.Loose)
	other.Annotations = map[string]string{"version": "2"}
	moved := push(t, other, "1")
	require.NotEqual(t, pushed.Digest, moved.Digest)
	second, err := keep(tagged, false)
	require.NoError(t, err)
	require.Equal(t, moved.Package.Digest(), second.Package.Digest())
	server.Close()
	for _, ref := range []string{tagged, byDigest} {
		_, err := keep(ref, false)
		require.NoError(t, err)
	}
	away, err := keep(tagged, false)
	require.NoError(t, err)
	require.True(t, away.Unasked)
	require.Error(t, away.Err)
	require.Equal(t, moved.Package.Digest(), away.Package.Digest())
}
