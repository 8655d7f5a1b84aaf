package action

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/inspect"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/remove"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

func TestVerifyFindsMissingContent(t *testing.T) {
	for _, mode := range []artifact.Mode{artifact.Loose, artifact.Bundled} {
		t.Run(string(mode), func(t *testing.T) {
			s := registrytest.Start(t)
			pushed := push(t, shopAt(t, s.Host, mode), "1")
			v := verifyAt(t, pushed.Digest)
			require.True(t, v.OK, "%+v", v.Problems)
			require.Empty(t, v.Problems)

			client := remote.New()
			repo := pushed.Digest.Context()
			if mode == artifact.Loose {
				repo = repo.Registry.Repo("src", "db")
			}
			image, err := client.GetManifest(context.Background(), pinOf(t, pushed, "services.db.image", "linux/arm64"))
			require.NoError(t, err)
			var manifest v1.Manifest
			require.NoError(t, json.Unmarshal(image.Bytes, &manifest))
			layer := manifest.Layers[1]
			deleteBlob(t, s, repo, layer.Digest)
			v = verifyAt(t, pushed.Digest)
			require.False(t, v.OK)
			require.Len(t, v.Problems, 1)
			require.Equal(t, "layer", v.Problems[0].Kind)
			require.Equal(t, "missing", v.Problems[0].Reason)
			require.Equal(t, artifact.DigestName(repo, layer.Digest), v.Problems[0].Reference)

			require.NoError(t, client.DeleteManifest(context.Background(), repo.Digest(image.Descriptor.Digest.String())))
			v = verifyAt(t, pushed.Digest)
			require.Len(t, v.Problems, 1)
			require.Equal(t, "manifest", v.Problems[0].Kind)
		})
	}
}

func TestRepairPushesMissingContent(t *testing.T) {
	ctx := context.Background()
	s := registrytest.Start(t)
	spec := shopAt(t, s.Host, artifact.Bundled)
	pushed := push(t, spec, "1")
	image, err := remote.New().GetManifest(ctx, pinOf(t, pushed, "services.db.image", "linux/arm64"))
	require.NoError(t, err)
	var manifest v1.Manifest
	require.NoError(t, json.Unmarshal(image.Bytes, &manifest))
	deleteBlob(t, s, pushed.Digest.Context(), manifest.Layers[0].Digest)
	push(t, spec, "1")
	require.False(t, verifyAt(t, pushed.Digest).OK, "the package is incomplete")
	_, err = spec.push(t, newSession(), publish.PushOptions{Tag: "1", Repair: true})
	require.NoError(t, err)
	require.True(t, verifyAt(t, pushed.Digest).OK)
}

func TestAttachingAgainUploadsNoFiles(t *testing.T) {
	s := registrytest.Start(t)
	spec := shopAt(t, s.Host, artifact.Loose)
	spec.image = reference(t, s.Host+"/src/web:1")
	first := push(t, spec, "")
	s.Reset()
	again := push(t, spec, "")
	require.Equal(t, first.Digest, again.Digest)
	require.Zero(t, s.Count("POST|PATCH", ".*"))
	require.Zero(t, s.Count("PUT", "/blobs/"))
}

func TestVerifyFindsALostComposition(t *testing.T) {
	s := registrytest.Start(t)
	pushed := push(t, shopAt(t, s.Host, artifact.Loose), "1")
	lost := pushed.Digest.Context().Digest(pushed.Package.Compositions[0].Descriptor.Digest.String())
	require.NoError(t, remote.New().DeleteManifest(context.Background(), lost))
	v := verifyAt(t, pushed.Digest)
	require.Len(t, v.Problems, 1)
	require.Equal(t, artifact.ReferenceName(lost), v.Problems[0].Reference)
}

func TestVerifyFindsADamagedFile(t *testing.T) {
	s := registrytest.Start(t)
	pushed := push(t, shopAt(t, s.Host, artifact.Loose), "1")
	file := pushed.Package.Compositions[0].Manifest.Layers[0]
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", "/blobs/"+file.Digest.String()), Do: registrytest.Corrupt()})
	v := verifyAt(t, pushed.Digest)
	require.Len(t, v.Problems, 1, "three compositions have the file, but it is one problem")
	require.Equal(t, "file", v.Problems[0].Kind)
	require.Contains(t, v.Problems[0].Reason, "damaged")
	require.Contains(t, v.Problems[0].Reason, "compose.yaml")
}

func TestVerifyFindsABundleThatPointsOutside(t *testing.T) {
	s := registrytest.Start(t)
	pushed := push(t, shopAt(t, s.Host, artifact.Bundled), "1")
	elsewhere := pushed.Digest.Context().Registry.Repo("elsewhere")
	client := newSession()
	root := pushed.Package.Content().Descriptor
	require.NoError(t, client.Copier.Copy(t.Context(), client.Registry(pushed.Digest.Context()), root, client.Registry(elsewhere)))
	v := verifyAt(t, elsewhere.Digest(root.Digest.String()))
	require.False(t, v.OK)
	for _, p := range v.Problems {
		require.Equal(t, "pin", p.Kind)
		require.Contains(t, p.Reason, "outside of the bundle's repository")
	}
}

func TestVerifySendsEachRequestOnce(t *testing.T) {
	s := registrytest.Start(t)
	pushed := push(t, shopAt(t, s.Host, artifact.Bundled), "1")
	s.Reset()
	v := verifyAt(t, pushed.Digest)
	require.True(t, v.OK)
	heads, asked := map[string]int{}, map[string]int{}
	for _, r := range s.Requests() {
		asked[r.Method+" "+r.Path]++
		require.Equal(t, 1, asked[r.Method+" "+r.Path], r.Path)
		if r.Method == http.MethodHead {
			heads[r.Path]++
		}
	}
	require.Len(t, heads, 2*2*3, "2 images of 2 platforms with a config and 2 layers")
}

// pinOf is the image that a service uses on a platform.
func pinOf(t *testing.T, pushed made, path, platform string) name.Reference {
	t.Helper()
	for _, part := range pushed.Spec.Parts {
		if part.Platform != nil && part.Platform.String() == platform {
			return reference(t, part.Pins[path].Ref)
		}
	}
	t.Fatalf("no pins for %s", platform)
	return nil
}

func deleteBlob(t *testing.T, s *registrytest.Server, repo name.Repository, digest v1.Hash) {
	t.Helper()
	req, err := http.NewRequest(http.MethodDelete, "http://"+s.Host+"/v2/"+repo.RepositoryStr()+"/blobs/"+digest.String(), nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusAccepted, res.StatusCode)
}

func TestDeleteKeepsSharedManifests(t *testing.T) {
	s := registrytest.Start(t)
	spec := shopAt(t, s.Host, artifact.Bundled)
	first := push(t, spec, "1")
	spec.Annotations = map[string]string{"version": "2"}
	second := push(t, spec, "2")
	require.NotEqual(t, first.Digest, second.Digest)

	deletion := removeAt(t, first.Digest, true)
	require.Len(t, deletion.Manifests, 4, "the index and its three compositions")
	require.Len(t, deletion.Kept, 6, "two images of an index and two manifests each")
	require.True(t, verifyAt(t, second.Digest).OK)

	deletion = removeAt(t, second.Digest, true)
	require.Len(t, deletion.Manifests, 10)
	require.Empty(t, deletion.Kept)
	for _, m := range deletion.Manifests {
		_, err := remote.New().HeadManifest(t.Context(), second.Digest.Context().Digest(m.Digest.String()))
		require.True(t, remote.IsNotFound(err), "%v", err)
	}
}

func TestDeletePlanChangesNothing(t *testing.T) {
	s := registrytest.Start(t)
	pushed := push(t, shopAt(t, s.Host, artifact.Bundled), "1")
	s.Reset()
	where := at(pushed.Digest)
	deletion, err := remove.Plan(t.Context(), newSession(), where, remove.Options{Images: true})
	require.NoError(t, err)
	require.NoError(t, remove.Delete(t.Context(), store.Undeleted{Store: where.Store}, deletion))
	for _, r := range s.Requests() {
		require.Contains(t, []string{http.MethodGet, http.MethodHead}, r.Method)
	}
	require.True(t, verifyAt(t, pushed.Digest).OK)
}

func TestDeleteRejectsAPartOfAnother(t *testing.T) {
	s := registrytest.Start(t)
	pushed := push(t, shopAt(t, s.Host, artifact.Loose), "1")
	part := pushed.Digest.Context().Digest(pushed.Package.Compositions[0].Descriptor.Digest.String())
	_, err := remove.Plan(t.Context(), newSession(), at(part), remove.Options{})
	require.ErrorContains(t, err, "is part of "+s.Host+"/shop:1")
}

func TestDeleteLeavesNoDanglingEntry(t *testing.T) {
	for _, api := range []bool{true, false} {
		s := registrytest.Start(t, registry.WithReferrersAPI(api))
		spec := shopAt(t, s.Host, artifact.Loose)
		spec.image = reference(t, s.Host+"/src/web:1")
		pushed := push(t, spec, "")
		s.Reset()
		listing, err := inspect.Referrers(t.Context(), at(spec.image), inspect.ListOptions{})
		require.NoError(t, err)
		require.Len(t, listing.Referrers, 3)
		require.Equal(t, 1, s.Count("GET", "/manifests/1$"))
		require.Zero(t, s.Count("GET", "/manifests/sha256:"), "the image must not be read again")

		require.Len(t, removeAt(t, pushed.Digest, true).Manifests, 4)
		listing, err = inspect.Referrers(t.Context(), at(spec.image), inspect.ListOptions{})
		require.NoError(t, err)
		require.Empty(t, listing.Referrers)
		_, err = newSession().Resolve(t.Context(), spec.image)
		require.NoError(t, err, "the subject must stay")
	}
}
