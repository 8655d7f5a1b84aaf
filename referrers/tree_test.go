package referrers_test

import (
	"net/http"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/referrers"
)

func nodes(ns []*referrers.Node) []string {
	out := make([]string, 0, len(ns))
	for _, n := range ns {
		out = append(out, n.Descriptor.Digest.String())
	}
	return out
}

func TestListTree(t *testing.T) {
	for name, opts := range map[string][]registry.Option{"API": nil, "tag schema": {registry.WithReferrersAPI(false)}} {
		t.Run(name, func(t *testing.T) {
			s := registrytest.Start(t, opts...)
			c, d := newClient(t)
			f := newFixture(t, d, s.Host, "app")
			// Some indexes list a child twice, for two variants.
			f.desc = f.put(t, types.OCIImageIndex, mustJSON(t, v1.IndexManifest{
				SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{f.child, f.child},
			}))
			f.subject = f.repo.Digest(f.desc.Digest.String())
			onIndex := push(t, c, f, "on the index")
			onChild, err := c.Push(t.Context(), f.repo, types.OCIManifestSchema1, artifactOf(t, f.child, typeB, "on the child"))
			require.NoError(t, err)
			onReferrer, err := c.Push(t.Context(), f.repo, types.OCIManifestSchema1, artifactOf(t, onIndex, typeA, "on the referrer"))
			require.NoError(t, err)

			s.Reset()
			tree, err := c.ListTree(t.Context(), f.subject)
			require.NoError(t, err)
			require.Equal(t, f.desc.Digest, tree.Descriptor.Digest)
			require.Equal(t, types.OCIImageIndex, tree.Descriptor.MediaType)
			require.Equal(t, []string{onIndex.Digest.String()}, nodes(tree.Referrers))
			require.Equal(t, []string{f.child.Digest.String(), f.child.Digest.String()}, nodes(tree.Children))
			for _, child := range tree.Children {
				require.Equal(t, []string{onChild.Digest.String()}, nodes(child.Referrers))
			}
			require.Empty(t, tree.Referrers[0].Referrers)
			seen := map[string]int{}
			for _, r := range s.Requests() {
				seen[r.Method+" "+r.Path]++
			}
			for request, n := range seen {
				require.Equal(t, 1, n, "%s was sent %d times", request, n)
			}

			deep, err := c.ListTree(t.Context(), f.subject, referrers.WithDepth(3))
			require.NoError(t, err)
			require.Equal(t, []string{onReferrer.Digest.String()}, nodes(deep.Referrers[0].Referrers))
			require.Empty(t, deep.Referrers[0].Referrers[0].Referrers)

			some, err := c.ListTree(t.Context(), f.subject, referrers.WithArtifactType(typeB))
			require.NoError(t, err)
			require.Empty(t, some.Referrers)
			require.Equal(t, []string{onChild.Digest.String()}, nodes(some.Children[0].Referrers))
		})
	}
}

// TestListTreeReadsItsRootOnce: also if the root is a tag.
func TestListTreeReadsItsRootOnce(t *testing.T) {
	s := registrytest.Start(t)
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	pushed := push(t, c, f, "a")
	_, err := d.PutManifest(t.Context(), f.repo.Tag("latest"), types.OCIImageIndex, mustJSON(t, v1.IndexManifest{
		SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{f.child},
	}))
	require.NoError(t, err)
	for _, root := range []name.Reference{f.repo.Tag("latest"), f.subject} {
		s.Reset()
		tree, err := c.ListTree(t.Context(), root)
		require.NoError(t, err)
		require.Equal(t, f.desc.Digest, tree.Descriptor.Digest)
		require.Equal(t, []string{pushed.Digest.String()}, nodes(tree.Referrers))
		require.Len(t, tree.Children, 1)
		read := 0
		for _, r := range s.Requests() {
			if r.Method == http.MethodGet && r.Path == "/v2/app/manifests/"+root.Identifier() {
				read++
			}
		}
		require.Equal(t, 1, read)
		require.Zero(t, s.Count("HEAD", registrytest.Manifests))
	}
}

func TestListTreeWithoutReferrers(t *testing.T) {
	s := registrytest.Start(t)
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	_, err := c.ListTree(t.Context(), f.repo.Digest("sha256:0000000000000000000000000000000000000000000000000000000000000000"))
	require.True(t, remote.IsNotFound(err), "%v", err)

	tree, err := c.ListTree(t.Context(), f.repo.Digest(f.child.Digest.String()))
	require.NoError(t, err)
	require.Empty(t, tree.Children)
	require.Empty(t, tree.Referrers)
}
