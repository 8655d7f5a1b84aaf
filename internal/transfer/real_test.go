package transfer

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/realtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestRealRegistries copies into, inside and between the most common registries.
func TestRealRegistries(t *testing.T) {
	for name, start := range map[string]func(testing.TB, ...realtest.Option) string{
		"distribution 3": realtest.Distribution, "docker-registry 2.8": realtest.DockerRegistry,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			src := registrytest.Start(t)
			host := start(t)
			for _, docker := range []bool{false, true} {
				list := images(t, src, 3, shape{platforms: 2, layers: 4, shared: 2, size: 100_000, docker: docker})
				first, second := repository(t, host+"/team/first"), repository(t, host+"/team/second")
				require.NoError(t, copyAll(newCopier(newClient()), list, first))
				src.Reset()
				require.NoError(t, copyAll(newCopier(newClient()), list, first))
				require.Empty(t, src.Requests())

				// Inside a registry, only manifests are read.
				var sent int
				cp := newCopier(newClient(), WithObserver(func(e Event) {
					if e.Kind == BlobSending {
						sent++
					}
				}))
				for _, img := range list {
					require.NoError(t, cp.Copy(ctx, first, img.Desc, second))
					requireWhole(t, second, img.Desc)
				}
				require.Zero(t, sent)
			}
		})
	}
}
