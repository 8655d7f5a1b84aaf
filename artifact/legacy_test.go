package artifact

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
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

// TestARefusalIsNotTakenForOCI10 has registries refuse a push for reasons of their own:
// they get the package that was asked for, or nothing.
func TestARefusalIsNotTakenForOCI10(t *testing.T) {
	ctx := context.Background()
	refuse := func(status int, body string) func(http.Handler) http.Handler {
		return registrytest.Answer(status, "application/json", body)
	}
	invalid := `{"errors":[{"code":"MANIFEST_INVALID","message":"'platform' is a required property"}]}`
	for name, tc := range map[string]struct {
		fault registrytest.Fault
		works bool
	}{
		"a passing 400 without a code":    {registrytest.Fault{Times: 1, Do: registrytest.Status(400)}, true},
		"a passing refusal":               {registrytest.Fault{Times: 1, Do: refuse(400, invalid)}, true},
		"content that is late":            {registrytest.Fault{Times: 3, Do: refuse(400, `{"errors":[{"code":"DIGEST_INVALID"},{"code":"MANIFEST_BLOB_UNKNOWN"}]}`)}, true},
		"every manifest is refused":       {registrytest.Fault{Do: refuse(400, invalid)}, false},
		"every tag is refused":            {registrytest.Fault{Match: registrytest.On("PUT", "/manifests/1$"), Do: refuse(400, invalid)}, false},
		"a digest that is called invalid": {registrytest.Fault{Do: refuse(400, `{"errors":[{"code":"DIGEST_INVALID","message":"'platform' is a required property"}]}`)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := registrytest.Start(t)
			spec := shopAt(t, s.Host, Loose)
			if tc.fault.Match == nil {
				tc.fault.Match = registrytest.On("PUT", registrytest.Manifests)
			}
			s.Faults().Add(tc.fault)
			pushed, err := newRemote().PushSpec(ctx, spec, PushOptions{Tag: "1"})
			if tc.works {
				require.NoError(t, err)
				require.False(t, pushed.Fallback)
				stored, err := newRemote().Fetch(ctx, pushed.Digest.Context().Tag("1"))
				require.NoError(t, err)
				require.True(t, stored.IsIndex())
				return
			}
			require.ErrorContains(t, err, "'platform' is a required property")
			require.NotErrorIs(t, err, ErrLegacy)
			_, err = newRemote().Fetch(ctx, spec.Target.Tag("1"))
			require.True(t, remote.IsNotFound(err), "%v", err)
		})
	}
}
