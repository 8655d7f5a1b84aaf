package transfer

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// images puts n images into a repository each.
func images(t testing.TB, s *registrytest.Server, n int, sh shape) []source {
	t.Helper()
	var out []source
	for i := range n {
		st := storeIn(t, s, fmt.Sprintf("src/image%d", i))
		out = append(out, source{Repo: st.repo, Desc: st.image(fmt.Sprintf("image %d", i), sh)})
	}
	return out
}

// copyAll copies images concurrently, as a command does.
func copyAll(t copier, list []source, to name.Repository) error {
	g, ctx := errgroup.WithContext(context.Background())
	for _, s := range list {
		g.Go(func() error { return t.Copy(ctx, s.Repo, s.Desc, to) })
	}
	return g.Wait()
}

func TestRequestsInsideOneRegistry(t *testing.T) {
	tests := []struct {
		name          string
		images        int
		shape         shape
		first, repeat int
	}{
		// ping + images × (HEAD + GET + PUT) + manifests × (GET + PUT) + blobs × POST
		{"one manifest", 1, shape{platforms: 1, layers: 6}, 1 + 1*3 + 7, 1 + 1},
		{"two platforms", 1, shape{platforms: 2, layers: 6}, 1 + 3 + 2*2 + 2*7, 1 + 1},
		{"6 images, 6 layers", 6, shape{platforms: 2, layers: 6}, 1 + 6*3 + 12*2 + 12*7, 1 + 6},
		{"twice the images", 12, shape{platforms: 2, layers: 6}, 1 + 12*3 + 24*2 + 24*7, 1 + 12},
		{"twice the layers", 6, shape{platforms: 2, layers: 12}, 1 + 6*3 + 12*2 + 12*13, 1 + 6},
		{"shared base layers", 6, shape{platforms: 2, layers: 6, shared: 4}, 1 + 6*3 + 12*2 + 12*3 + 4, 1 + 6},
		{"Docker's media types", 2, shape{platforms: 2, layers: 3, docker: true}, 1 + 2*3 + 4*2 + 4*4, 1 + 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			list := images(t, s, tt.images, tt.shape)
			to := repository(t, s.Host+"/team/app")

			require.NoError(t, copyAll(newCopier(newClient()), list, to))
			require.Len(t, s.Requests(), tt.first)
			require.Zero(t, s.Count("HEAD|GET", registrytest.Blobs), "no requests for blobs")
			s.Reset()
			require.NoError(t, copyAll(newCopier(newClient()), list, to))
			require.Len(t, s.Requests(), tt.repeat)
			for _, src := range list {
				requireWhole(t, to, src.Desc)
			}
		})
	}
}

func TestRequestsDontGrowWithServicesThatShareAnImage(t *testing.T) {
	s := registrytest.Start(t)
	list := images(t, s, 1, shape{platforms: 2, layers: 4})
	for range 5 {
		list = append(list, list[0])
	}
	require.NoError(t, copyAll(newCopier(newClient()), list, repository(t, s.Host+"/team/app")))
	require.Len(t, s.Requests(), 1+3+2*2+2*5)
}

func TestRequestsBetweenTwoRegistries(t *testing.T) {
	src, dst := registrytest.Start(t), registrytest.Start(t)
	sh := shape{platforms: 2, layers: 5, shared: 2, size: 10_000}
	list := images(t, src, 3, sh)
	to := repository(t, dst.Host+"/team/app")
	blobs := 3*2*(3+1) + 2
	manifests := 3 * 2

	require.NoError(t, copyAll(newCopier(newClient()), list, to))
	require.Len(t, src.Requests(), 1+3+manifests+blobs)
	require.Len(t, dst.Requests(), 1+3*2+manifests+3*blobs)
	require.Equal(t, blobs, src.Count("GET", registrytest.Blobs), "each blob is read once")
	require.Equal(t, blobs, dst.Count("PUT", registrytest.Uploads), "each blob is written once")

	src.Reset()
	dst.Reset()
	require.NoError(t, copyAll(newCopier(newClient()), list, to))
	require.Len(t, dst.Requests(), 1+3)
	require.Empty(t, src.Requests(), "nothing is read again")
	for _, img := range list {
		requireWhole(t, to, img.Desc)
	}
}

func TestKnownContentIsNotRead(t *testing.T) {
	s := registrytest.Start(t)
	list := images(t, s, 1, shape{platforms: 3, layers: 2})
	to := repository(t, s.Host+"/team/app")
	ctx := context.Background()
	cp := newCopier(newClient())

	idx, err := cp.Manifest(ctx, list[0].Repo, list[0].Desc)
	require.NoError(t, err)
	p, err := graph.Of(idx)
	require.NoError(t, err)
	_, err = cp.Manifest(ctx, list[0].Repo, p.Manifests[1])
	require.NoError(t, err)
	s.Reset()
	require.NoError(t, cp.Copy(ctx, list[0].Repo, list[0].Desc, to))
	require.Equal(t, 2, s.Count("GET", registrytest.Manifests))
}

func TestOnePlatformMovesOnlyItsBytes(t *testing.T) {
	src, dst := registrytest.Start(t), registrytest.Start(t)
	st := storeIn(t, src, "src/image")
	root := st.image("eight", shape{platforms: 8, layers: 2, size: 50_000})
	to := repository(t, dst.Host+"/team/app")
	ctx := context.Background()
	cp := newCopier(newClient())
	idx, err := cp.Manifest(ctx, st.repo, root)
	require.NoError(t, err)
	p, err := graph.Of(idx)
	require.NoError(t, err)

	require.NoError(t, cp.Copy(ctx, st.repo, p.Manifests[3], to))
	requireWhole(t, to, p.Manifests[3])
	require.Equal(t, 3, src.Count("GET", registrytest.Blobs))
	require.Equal(t, 3, dst.Count("PUT", registrytest.Uploads))
}

func TestTrimmedIndexIsCopiedFromMemory(t *testing.T) {
	src, dst := registrytest.Start(t), registrytest.Start(t)
	st := storeIn(t, src, "src/image")
	root := st.image("eight", shape{platforms: 8, layers: 2})
	ctx := context.Background()
	for _, to := range []name.Repository{repository(t, dst.Host+"/team/app"), repository(t, src.Host+"/team/app"), st.repo} {
		cp := newCopier(newClient())
		idx, err := cp.Manifest(ctx, st.repo, root)
		require.NoError(t, err)
		trimmed := trim(t, idx, 2)
		require.NoError(t, cp.AddManifest(trimmed))
		require.NoError(t, cp.Copy(ctx, st.repo, trimmed.Descriptor, to))
		requireWhole(t, to, trimmed.Descriptor)
	}
}

func TestCopyToTheSourceCostsNothing(t *testing.T) {
	s := registrytest.Start(t)
	list := images(t, s, 1, shape{platforms: 2, layers: 2})
	cp := newCopier(newClient())
	require.NoError(t, cp.Copy(context.Background(), list[0].Repo, list[0].Desc, list[0].Repo))
	require.Empty(t, s.Requests())
}

func TestTokensAreRequestedUpFront(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t, registry.WithTokenAuth(registry.Access{
		Allow: func(string, string, string) bool { return true },
	}))
	list := images(t, s, 6, shape{platforms: 2, layers: 6})
	to := repository(t, s.Host+"/team/app")
	c := newClient()
	var from []name.Repository
	for _, img := range list {
		from = append(from, img.Repo)
	}
	require.NoError(t, c.Authorize(context.Background(), from, []name.Repository{to}))
	require.NoError(t, copyAll(newCopier(c), list, to))
	require.Equal(t, 1, s.Count("GET", "^/token$"))
	require.Len(t, s.Requests(), 127+1)
}
