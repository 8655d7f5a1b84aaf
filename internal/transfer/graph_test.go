package transfer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
)

func isMount(r *http.Request) bool { return r.URL.Query().Get("mount") != "" }

func (s filler) index(children ...v1.Descriptor) v1.Descriptor {
	return s.manifest(types.OCIImageIndex, v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: children})
}

func TestNestedIndexesWithOneJob(t *testing.T) {
	for _, jobs := range []int{1, 2, 64} {
		t.Run(fmt.Sprint(jobs), func(t *testing.T) {
			t.Parallel()
			src, dst := registrytest.Start(t), registrytest.Start(t)
			st := storeIn(t, src, "src/image")
			root := st.image("deep", shape{platforms: 2, layers: 2})
			for i := range 5 {
				root = st.index(root, st.image(fmt.Sprint("beside ", i), shape{platforms: 3, layers: 2, shared: 1}))
			}
			for _, to := range []string{src.Host, dst.Host} {
				repo := repository(t, to+"/team/app")
				require.NoError(t, newCopier(newClient(remote.WithJobs(jobs))).Copy(context.Background(), st.repo, root, repo))
				requireWhole(t, repo, root)
			}
			require.LessOrEqual(t, dst.MaxConcurrent(), jobs)
		})
	}
}

func TestCopiesInBothDirectionsWithOneJob(t *testing.T) {
	t.Parallel()
	a, b := registrytest.Start(t), registrytest.Start(t)
	la, lb := images(t, a, 3, shape{platforms: 1, layers: 3, size: 10_000}), images(t, b, 3, shape{platforms: 2, layers: 2, size: 10_000})
	cp := newCopier(newClient(remote.WithJobs(1)))
	done := make(chan error, 2)
	go func() { done <- copyAll(cp, la, repository(t, b.Host+"/team/app")) }()
	go func() { done <- copyAll(cp, lb, repository(t, a.Host+"/team/app")) }()
	require.NoError(t, <-done)
	require.NoError(t, <-done)
}

func TestForeignLayersAreNotCopied(t *testing.T) {
	t.Parallel()
	src, dst := registrytest.Start(t), registrytest.Start(t)
	st := storeIn(t, src, "src/image")
	here := st.blob(types.DockerLayer, noise(1000, "here"))
	foreign := v1.Descriptor{
		MediaType: types.DockerForeignLayer, Size: 5, Digest: v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%064x", 1)},
		URLs: []string{"https://elsewhere.example/layer"},
	}
	restricted := st.blob(types.OCIRestrictedLayer, noise(1000, "no address"))
	root := st.manifest(types.DockerManifestSchema2, v1.Manifest{
		SchemaVersion: 2, MediaType: types.DockerManifestSchema2,
		Config: st.blob(types.DockerConfigJSON, []byte("{}")), Layers: []v1.Descriptor{foreign, here, restricted},
	})
	to := repository(t, dst.Host+"/team/app")
	var kinds []EventKind
	cp := newCopier(newClient(remote.WithJobs(1)), WithObserver(func(e Event) {
		if e.Desc.Digest == foreign.Digest {
			kinds = append(kinds, e.Kind)
		}
	}))
	require.NoError(t, cp.Copy(context.Background(), st.repo, root, to))
	require.Equal(t, []EventKind{BlobForeign}, kinds)
	require.Zero(t, src.Count("", foreign.Digest.Hex))
	require.Len(t, arrivals(dst), 3, "without a URL it must be copied")
}

func TestOtherContentInAnIndex(t *testing.T) {
	t.Parallel()
	src, dst := registrytest.Start(t), registrytest.Start(t)
	st := storeIn(t, src, "src/image")
	attestation := st.manifest(types.OCIManifestSchema1, v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: st.blob(types.OCIConfigJSON, []byte("{}")),
		Layers: []v1.Descriptor{st.blob("application/vnd.in-toto+json", []byte(`{"predicate":1}`))},
	})
	attestation.Platform = &v1.Platform{OS: "unknown", Architecture: "unknown"}
	root := st.index(st.image("x", shape{platforms: 1, layers: 1}), attestation)
	to := repository(t, dst.Host+"/team/app")
	require.NoError(t, newCopier(newClient()).Copy(context.Background(), st.repo, root, to))
	requireWhole(t, to, root)
}

func TestHostileGraphs(t *testing.T) {
	src, dst := registrytest.Start(t), registrytest.Start(t)
	st := storeIn(t, src, "src/image")
	to := repository(t, dst.Host+"/team/app")
	ctx := context.Background()
	cp := func(root v1.Descriptor, l graph.Limits) error {
		return newCopier(newClient(), WithBudget(graph.NewBudget(l))).Copy(ctx, st.repo, root, to)
	}

	deep := st.image("deep", shape{platforms: 1, layers: 1})
	for range graph.DefaultLimits().Depth + 1 {
		deep = st.index(deep)
	}
	var le *limits.Error
	require.True(t, errors.As(cp(deep, graph.DefaultLimits()), &le))
	wide := st.image("wide", shape{platforms: 8, layers: 4})
	require.True(t, errors.As(cp(wide, graph.Limits{Depth: 8, Manifests: 8, Blobs: 1000, Bytes: 1 << 20}), &le))
	require.True(t, errors.As(cp(wide, graph.Limits{Depth: 8, Manifests: 9, Blobs: 39, Bytes: 1 << 20}), &le))
	require.True(t, errors.As(cp(wide, graph.Limits{Depth: 8, Manifests: 9, Blobs: 40, Bytes: 2000}), &le))
	require.NoError(t, cp(wide, graph.Limits{Depth: 8, Manifests: 9, Blobs: 40, Bytes: 1 << 20}))

	image := st.image("sizes", shape{platforms: 1, layers: 1})
	lying := image
	lying.Size++
	var se *remote.SizeError
	require.True(t, errors.As(cp(lying, graph.DefaultLimits()), &se), "a manifest with the wrong size")

	for name, raw := range map[string]string{
		"no digest":       `{"schemaVersion":2,"config":{"mediaType":"x","size":2},"layers":[]}`,
		"a negative size": `{"schemaVersion":2,"config":{"mediaType":"x","digest":"` + image.Digest.String() + `","size":-2},"layers":[]}`,
		"a bad digest":    `{"schemaVersion":2,"config":{"mediaType":"x","digest":"../../etc","size":2},"layers":[]}`,
		"no manifest":     `[]`,
	} {
		m := given(t, types.OCIManifestSchema1, raw)
		c := newCopier(newClient())
		require.NoError(t, c.AddManifest(m))
		require.Error(t, c.Copy(ctx, st.repo, m.Descriptor, to), name)
	}

	m := given(t, types.DockerManifestSchema1Signed, `{"schemaVersion":1}`)
	c := newCopier(newClient())
	require.NoError(t, c.AddManifest(m))
	require.ErrorIs(t, c.Copy(ctx, st.repo, m.Descriptor, to), graph.ErrSchema1)

	m.Bytes = []byte(`{}`)
	require.Error(t, c.AddManifest(m), "a manifest with the wrong digest")
}

func TestBlobWithAWrongDescriptor(t *testing.T) {
	for _, sameRegistry := range []bool{false, true} {
		src, dst := registrytest.Start(t), registrytest.Start(t)
		st := storeIn(t, src, "src/image")
		root := st.image("x", shape{platforms: 1, layers: 1, size: 1000})
		m, err := reader().GetManifest(context.Background(), st.repo.Digest(root.Digest.String()))
		require.NoError(t, err)
		p, err := graph.Of(m)
		require.NoError(t, err)
		short := p.Blobs[1]
		short.Size--
		idx := given(t, types.OCIManifestSchema1, fmt.Sprintf(
			`{"schemaVersion":2,"config":{"mediaType":"x","digest":%q,"size":%d},"layers":[{"mediaType":"x","digest":%q,"size":%d}]}`,
			p.Blobs[0].Digest, p.Blobs[0].Size, short.Digest, short.Size))
		cp := newCopier(newClient())
		require.NoError(t, cp.AddManifest(idx))
		to := repository(t, dst.Host+"/team/app")
		if sameRegistry {
			to = repository(t, src.Host+"/team/app")
		}
		require.Error(t, cp.Copy(context.Background(), st.repo, idx.Descriptor, to))
	}
}

func given(t *testing.T, mt types.MediaType, raw string) remote.Manifest {
	t.Helper()
	return manifestOf(t, mt, []byte(raw))
}
