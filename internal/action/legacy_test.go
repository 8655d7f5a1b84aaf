package action

import (
	"net/http"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/inspect"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
)

func TestOCI10RegistryGetsOneManifest(t *testing.T) {
	s := registrytest.Start(t, registry.WithOCI10(true))
	pushed := push(t, shopAt(t, s.Host, artifact.Loose), "1")
	require.True(t, pushed.Fallback)

	stored := fetch(t, pushed.Digest.Context().Tag("1"))
	require.False(t, stored.IsIndex())
	manifest := stored.Compositions[0].Manifest
	require.Empty(t, manifest.ArtifactType)
	require.Equal(t, artifact.LegacyConfigType, manifest.Config.MediaType)
	require.True(t, verifyAt(t, pushed.Digest).OK)
}

func TestOCI10RegistryRejectsBundleAndSubject(t *testing.T) {
	s := registrytest.Start(t, registry.WithOCI10(true))
	_, err := shopAt(t, s.Host, artifact.Bundled).push(t, newSession(), publish.PushOptions{Tag: "1"})
	require.ErrorIs(t, err, artifact.ErrLegacy)

	attached := shopAt(t, s.Host, artifact.Loose)
	attached.image = reference(t, s.Host+"/src/web:1")
	_, err = attached.push(t, newSession(), publish.PushOptions{Tag: "package"})
	require.ErrorIs(t, err, artifact.ErrLegacy)
	for _, tag := range []string{s.Host + "/shop:1", s.Host + "/src/web:package"} {
		_, err = newSession().Fetch(t.Context(), at(reference(t, tag)))
		require.Error(t, err, "there must be no tag")
	}
}

// TestOtherRejectionsAreNotOCI10: registries reject a push for other reasons. They get the
// requested package, or nothing.
func TestOtherRejectionsAreNotOCI10(t *testing.T) {
	refuse := func(status int, body string) func(http.Handler) http.Handler {
		return registrytest.Answer(status, "application/json", body)
	}
	invalid := `{"errors":[{"code":"MANIFEST_INVALID","message":"'platform' is a required property"}]}`
	for name, tc := range map[string]struct {
		fault registrytest.Fault
		works bool
	}{
		"a temporary 400 without a code": {registrytest.Fault{Times: 1, Do: registrytest.Status(400)}, true},
		"a temporary rejection":          {registrytest.Fault{Times: 1, Do: refuse(400, invalid)}, true},
		"late content":                   {registrytest.Fault{Times: 3, Do: refuse(400, `{"errors":[{"code":"DIGEST_INVALID"},{"code":"MANIFEST_BLOB_UNKNOWN"}]}`)}, true},
		"every manifest is rejected":     {registrytest.Fault{Do: refuse(400, invalid)}, false},
		"every tag is rejected":          {registrytest.Fault{Match: registrytest.On("PUT", "/manifests/1$"), Do: refuse(400, invalid)}, false},
		"an error code about the digest": {registrytest.Fault{Do: refuse(400, `{"errors":[{"code":"DIGEST_INVALID","message":"'platform' is a required property"}]}`)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := registrytest.Start(t)
			spec := shopAt(t, s.Host, artifact.Loose)
			if tc.fault.Match == nil {
				tc.fault.Match = registrytest.On("PUT", registrytest.Manifests)
			}
			s.Faults().Add(tc.fault)
			pushed, err := spec.push(t, newSession(), publish.PushOptions{Tag: "1"})
			if tc.works {
				require.NoError(t, err)
				require.False(t, pushed.Fallback)
				require.True(t, fetch(t, pushed.Digest.Context().Tag("1")).IsIndex())
				return
			}
			require.ErrorContains(t, err, "'platform' is a required property")
			require.NotErrorIs(t, err, artifact.ErrLegacy)
			_, err = newSession().Fetch(t.Context(), at(spec.Repository.Tag("1")))
			require.True(t, remote.IsNotFound(err), "%v", err)
		})
	}
}

// TestCopyToOCI10Registry copies the portable composition of a loose package.
func TestCopyToOCI10Registry(t *testing.T) {
	from, to := registrytest.Start(t), registrytest.Start(t, registry.WithOCI10(true))
	made := push(t, shopAt(t, from.Host, artifact.Loose), "1")
	target, err := name.NewRepository(to.Host + "/copied")
	require.NoError(t, err)
	client := newSession()
	copied, err := publish.Copy(t.Context(), client, at(made.Digest), client.Registry(target), publish.CopyOptions{PushOptions: publish.PushOptions{Tag: "1"}})
	require.NoError(t, err)
	require.True(t, copied.Fallback)
	got := fetch(t, target.Tag("1"))
	require.False(t, got.IsIndex())
	require.Len(t, got.Compositions, 1)
	require.True(t, verifyAt(t, target.Tag("1")).OK)
	places, err := inspect.ImagesOf(t.Context(), newSession(), at(target.Tag("1")), nil)
	require.NoError(t, err)
	want, err := inspect.ImagesOf(t.Context(), newSession(), at(made.Digest), nil)
	require.NoError(t, err)
	require.Equal(t, want, places)

	// Again, and from there to another place.
	again, err := publish.Copy(t.Context(), newSession(), at(made.Digest), newSession().Registry(target), publish.CopyOptions{PushOptions: publish.PushOptions{Tag: "1"}})
	require.NoError(t, err)
	require.Equal(t, copied.Package.Digest(), again.Package.Digest())
	_, err = publish.Copy(t.Context(), newSession(), at(target.Tag("1")), newSession().Registry(made.Digest.Context()), publish.CopyOptions{PushOptions: publish.PushOptions{Tag: "back"}})
	require.NoError(t, err)

	_, err = publish.Copy(t.Context(), newSession(), at(made.Digest), newSession().Registry(target), publish.CopyOptions{PushOptions: publish.PushOptions{Tag: "2"}, Bundle: true})
	require.ErrorIs(t, err, artifact.ErrLegacy)
	_, err = publish.Copy(t.Context(), newSession(), at(made.Digest), newSession().Registry(target), publish.CopyOptions{PushOptions: publish.PushOptions{Tag: "2"}, Platforms: made.Package.Platforms()[:1]})
	require.ErrorIs(t, err, artifact.ErrLegacy)
	_, err = newSession().Fetch(t.Context(), at(target.Tag("2")))
	require.Error(t, err)
}
