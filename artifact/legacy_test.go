package artifact

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

func TestARegistryOfOCI10GetsOneManifest(t *testing.T) {
	s := registrytest.Start(t, registry.WithOCI10(true))
	pushed := push(t, shopAt(t, s.Host, Loose), "1")
	require.True(t, pushed.Fallback)

	stored, err := newRemote().Fetch(context.Background(), pushed.Digest.Context().Tag("1"))
	require.NoError(t, err)
	require.False(t, stored.IsIndex())
	manifest := stored.Compositions[0].Manifest
	require.Empty(t, manifest.ArtifactType)
	require.Equal(t, LegacyConfigType, manifest.Config.MediaType)
	require.True(t, verify(t, pushed.Digest).OK)
}

func TestARegistryOfOCI10TakesNoBundleAndNoSubject(t *testing.T) {
	ctx := context.Background()
	s := registrytest.Start(t, registry.WithOCI10(true))
	_, err := newRemote().PushSpec(ctx, shopAt(t, s.Host, Bundled), PushOptions{Tag: "1"})
	require.ErrorIs(t, err, ErrLegacy)

	image, err := ParseImage(s.Host + "/src/web:1")
	require.NoError(t, err)
	spec, err := newRemote().SpecFor(ctx, shopAt(t, s.Host, Loose), image, nil)
	require.NoError(t, err)
	_, err = newRemote().PushSpec(ctx, spec, PushOptions{Tag: "package"})
	require.ErrorIs(t, err, ErrLegacy)
	for _, tag := range []string{s.Host + "/shop:1", s.Host + "/src/web:package"} {
		ref, err := ParseImage(tag)
		require.NoError(t, err)
		_, err = newRemote().Fetch(ctx, ref)
		require.Error(t, err, "nothing is tagged")
	}
}
