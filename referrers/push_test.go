package referrers_test

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/realtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

const typeA, typeB = "application/vnd.example.a", "application/vnd.example.b"

// registries are the honest ones, with the API and without.
var registries = map[string]func(testing.TB) string{
	"embedded, API":        func(t testing.TB) string { return registrytest.Start(t).Host },
	"embedded, tag schema": func(t testing.TB) string { return registrytest.Start(t, registry.WithReferrersAPI(false)).Host },
	"embedded, conditions": func(t testing.TB) string {
		return registrytest.Start(t, registry.WithReferrersAPI(false), registry.WithConditionalRequests(true)).Host
	},
	"distribution 3":      func(t testing.TB) string { return realtest.Distribution(t) },
	"docker-registry 2.8": func(t testing.TB) string { return realtest.DockerRegistry(t) },
}

func TestPushedIsListedUntilDeleted(t *testing.T) {
	for name, start := range registries {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, d := newClient(t)
			f := newFixture(t, d, start(t), "team/app")

			none, err := c.List(t.Context(), f.subject)
			require.NoError(t, err)
			require.Empty(t, none)

			a, err := c.Push(t.Context(), f.repo, types.OCIManifestSchema1, f.artifact(t, typeA, "a"))
			require.NoError(t, err)
			b, err := c.Push(t.Context(), f.repo, types.OCIImageIndex, f.composition(t, typeB, "b"))
			require.NoError(t, err)

			all, err := c.List(t.Context(), f.subject)
			require.NoError(t, err)
			require.Equal(t, digests([]descriptor{a, b}), digests(all))
			for i, label := range []string{"a", "b"} {
				require.Equal(t, map[string]string{"org.example.label": label}, all[i].Annotations)
			}
			require.Equal(t, typeA, all[0].ArtifactType)
			require.Equal(t, typeB, all[1].ArtifactType)

			some, err := c.List(t.Context(), f.subject, referrersOf(typeB))
			require.NoError(t, err)
			require.Equal(t, digests([]descriptor{b}), digests(some))

			require.NoError(t, c.Delete(t.Context(), f.repo.Digest(a.Digest.String())))
			left, err := c.List(t.Context(), f.subject)
			require.NoError(t, err)
			require.Equal(t, digests([]descriptor{b}), digests(left))

			require.NoError(t, c.Delete(t.Context(), f.repo.Digest(b.Digest.String())))
			left, err = c.List(t.Context(), f.subject)
			require.NoError(t, err)
			require.Empty(t, left)
			_, tagged := f.tag(t)
			require.False(t, tagged, "an empty list needs no tag")
		})
	}
}
