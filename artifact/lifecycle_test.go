package artifact

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
)

// newRemote returns a network as one command has it.
func newRemote() *Remote { return NewRemote(remote.New(), nil) }

// shopAt pushes the shop's images to a registry and returns the spec of a
// package of it in REGISTRY/shop.
func shopAt(t *testing.T, host string, mode Mode) Spec {
	t.Helper()
	for i, image := range []string{"web:1", "db:1"} {
		registrytest.PushImage(t, host+"/src/"+image, registrytest.ImageSpec{
			Platforms: []string{"linux/amd64", "linux/arm64"}, Layers: 2, LayerSize: 1000, Seed: uint64(i + 1),
		})
	}
	target, err := name.NewRepository(host + "/shop")
	require.NoError(t, err)
	project := loadProject(t, "services:\n  web:\n    image: "+host+"/src/web:1\n  db:\n    image: '"+host+"/src/db:1'\n")
	spec, err := newRemote().Spec(context.Background(), Spec{Project: project, Mode: mode, Target: target}, true)
	require.NoError(t, err)
	return spec
}

func push(t *testing.T, spec Spec, tag string) Pushed {
	t.Helper()
	pushed, err := newRemote().PushSpec(context.Background(), spec, PushOptions{Tag: tag})
	require.NoError(t, err)
	return pushed
}

func verify(t *testing.T, ref name.Reference) *Verification {
	t.Helper()
	v, err := newRemote().Verify(context.Background(), ref)
	require.NoError(t, err)
	return v
}

func TestVerifyFindsWhatIsMissing(t *testing.T) {
	for _, mode := range []Mode{Loose, Bundled} {
		t.Run(string(mode), func(t *testing.T) {
			s := registrytest.Start(t)
			pushed := push(t, shopAt(t, s.Host, mode), "1")
			v := verify(t, pushed.Digest)
			require.True(t, v.OK, "%+v", v.Problems)
			require.Empty(t, v.Problems)

			client := remote.New()
			repo := pushed.Digest.Context()
			if mode == Loose {
				repo = repo.Registry.Repo("src", "db")
			}
			image, err := client.GetManifest(context.Background(), pinOf(t, pushed.Package, "services.db.image", "linux/arm64"))
			require.NoError(t, err)
			var manifest v1.Manifest
			require.NoError(t, json.Unmarshal(image.Bytes, &manifest))
			layer := manifest.Layers[1]
			deleteBlob(t, s, repo, layer.Digest)
			v = verify(t, pushed.Digest)
			require.False(t, v.OK)
			require.Len(t, v.Problems, 1)
			require.Equal(t, "layer", v.Problems[0].Kind)
			require.Equal(t, "missing", v.Problems[0].Reason)
			require.Equal(t, DigestName(repo, layer.Digest), v.Problems[0].Reference)

			require.NoError(t, client.DeleteManifest(context.Background(), repo.Digest(image.Descriptor.Digest.String())))
			v = verify(t, pushed.Digest)
			require.Len(t, v.Problems, 1)
			require.Equal(t, "manifest", v.Problems[0].Kind)
		})
	}
}

func TestRepairBringsWhatIsMissing(t *testing.T) {
	ctx := context.Background()
	s := registrytest.Start(t)
	spec := shopAt(t, s.Host, Bundled)
	pushed := push(t, spec, "1")
	image, err := remote.New().GetManifest(ctx, pinOf(t, pushed.Package, "services.db.image", "linux/arm64"))
	require.NoError(t, err)
	var manifest v1.Manifest
	require.NoError(t, json.Unmarshal(image.Bytes, &manifest))
	deleteBlob(t, s, pushed.Digest.Context(), manifest.Layers[0].Digest)
	push(t, spec, "1")
	require.False(t, verify(t, pushed.Digest).OK, "what is there is taken for complete")
	_, err = newRemote().PushSpec(ctx, spec, PushOptions{Tag: "1", Repair: true})
	require.NoError(t, err)
	require.True(t, verify(t, pushed.Digest).OK)
}

func TestAttachingAgainUploadsNoFiles(t *testing.T) {
	ctx := context.Background()
	s := registrytest.Start(t)
	image, err := ParseImage(s.Host + "/src/web:1")
	require.NoError(t, err)
	spec, err := newRemote().SpecFor(ctx, shopAt(t, s.Host, Loose), image, nil)
	require.NoError(t, err)
	first := push(t, spec, "")
	s.Reset()
	again := push(t, spec, "")
	require.Equal(t, first.Digest, again.Digest)
	require.Zero(t, s.Count("POST|PATCH", ".*"))
	require.Zero(t, s.Count("PUT", "/blobs/"))
}

func TestVerifyFindsALostComposition(t *testing.T) {
	s := registrytest.Start(t)
	pushed := push(t, shopAt(t, s.Host, Loose), "1")
	lost := byDigest(pushed.Digest.Context(), pushed.Package.Compositions[0].Content)
	require.NoError(t, remote.New().DeleteManifest(context.Background(), lost))
	v := verify(t, pushed.Digest)
	require.Len(t, v.Problems, 1)
	require.Equal(t, ReferenceName(lost), v.Problems[0].Reference)
}

func TestVerifyFindsADamagedFile(t *testing.T) {
	s := registrytest.Start(t)
	pushed := push(t, shopAt(t, s.Host, Loose), "1")
	file := pushed.Package.Compositions[0].Blobs[1].Descriptor
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", "/blobs/"+file.Digest.String()), Do: registrytest.Corrupt()})
	v := verify(t, pushed.Digest)
	require.Len(t, v.Problems, 1, "three compositions have the file: it is one problem")
	require.Equal(t, "file", v.Problems[0].Kind)
	require.Contains(t, v.Problems[0].Reason, "damaged")
	require.Contains(t, v.Problems[0].Reason, "compose.yaml")
}

func TestVerifyFindsABundleThatPointsOutside(t *testing.T) {
	s := registrytest.Start(t)
	pushed := push(t, shopAt(t, s.Host, Bundled), "1")
	elsewhere := pushed.Digest.Context().Registry.Repo("elsewhere")
	remote := newRemote()
	root := pushed.Package.Root.Descriptor
	require.NoError(t, remote.copier.Copy(context.Background(), pushed.Digest.Context(), root, elsewhere))
	v := verify(t, elsewhere.Digest(root.Digest.String()))
	require.False(t, v.OK)
	for _, p := range v.Problems {
		require.Equal(t, "pin", p.Kind)
		require.Contains(t, p.Reason, "outside of the bundle's repository")
	}
}

func TestVerifyAsksForEachThingOnce(t *testing.T) {
	s := registrytest.Start(t)
	pushed := push(t, shopAt(t, s.Host, Bundled), "1")
	s.Reset()
	v := verify(t, pushed.Digest)
	require.True(t, v.OK)
	heads := map[string]int{}
	for _, r := range s.Requests() {
		if r.Method == http.MethodHead {
			heads[r.Path]++
			require.Equal(t, 1, heads[r.Path], r.Path)
		}
	}
	require.Len(t, heads, 2*2*3+1, "2 images of 2 platforms with a config and 2 layers; the empty config")
}

// pinOf is what a place runs on a platform.
func pinOf(t *testing.T, p *Package, path, platform string) name.Reference {
	t.Helper()
	for _, pins := range p.Pins {
		if pins.Platform != nil && pins.Platform.String() == platform {
			ref, err := ParseImage(pins.Pins[path].Ref)
			require.NoError(t, err)
			return ref
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

func TestDeleteKeepsWhatOthersNeed(t *testing.T) {
	ctx := context.Background()
	s := registrytest.Start(t)
	spec := shopAt(t, s.Host, Bundled)
	first := push(t, spec, "1")
	spec.Annotations = map[string]string{"version": "2"}
	second := push(t, spec, "2")
	require.NotEqual(t, first.Digest, second.Digest)

	plan, err := newRemote().PlanDelete(ctx, first.Digest, true)
	require.NoError(t, err)
	require.Len(t, plan.Manifests, 4, "the index and its three compositions")
	require.Len(t, plan.Kept, 6, "two images of an index and two manifests each")
	require.NoError(t, newRemote().Delete(ctx, plan))
	require.True(t, verify(t, second.Digest).OK)

	plan, err = newRemote().PlanDelete(ctx, second.Digest, true)
	require.NoError(t, err)
	require.Len(t, plan.Manifests, 10)
	require.Empty(t, plan.Kept)
	require.NoError(t, newRemote().Delete(ctx, plan))
	for _, m := range plan.Manifests {
		_, err := remote.New().HeadManifest(ctx, second.Digest.Context().Digest(m.Digest.String()))
		require.True(t, remote.IsNotFound(err), "%v", err)
	}
}

func TestDeletePlanChangesNothing(t *testing.T) {
	s := registrytest.Start(t)
	pushed := push(t, shopAt(t, s.Host, Bundled), "1")
	s.Reset()
	_, err := newRemote().PlanDelete(context.Background(), pushed.Digest, true)
	require.NoError(t, err)
	for _, r := range s.Requests() {
		require.Contains(t, []string{http.MethodGet, http.MethodHead}, r.Method)
	}
	require.True(t, verify(t, pushed.Digest).OK)
}

func TestDeleteRefusesAPartOfAnother(t *testing.T) {
	s := registrytest.Start(t)
	pushed := push(t, shopAt(t, s.Host, Loose), "1")
	part := byDigest(pushed.Digest.Context(), pushed.Package.Compositions[0].Content)
	_, err := newRemote().PlanDelete(context.Background(), part, false)
	require.ErrorContains(t, err, "is part of "+s.Host+"/shop:1")
}

func TestDeleteLeavesNoDanglingEntry(t *testing.T) {
	ctx := context.Background()
	for _, api := range []bool{true, false} {
		s := registrytest.Start(t, registry.WithReferrersAPI(api))
		spec := shopAt(t, s.Host, Loose)
		image, err := ParseImage(s.Host + "/src/web:1")
		require.NoError(t, err)
		spec, err = newRemote().SpecFor(ctx, spec, image, nil)
		require.NoError(t, err)
		pushed := push(t, spec, "")
		listing, err := newRemote().Referrers(ctx, image, ListOptions{})
		require.NoError(t, err)
		require.Len(t, listing.Referrers, 3)

		plan, err := newRemote().PlanDelete(ctx, pushed.Digest, true)
		require.NoError(t, err)
		require.Len(t, plan.Manifests, 4)
		require.NoError(t, newRemote().Delete(ctx, plan))
		listing, err = newRemote().Referrers(ctx, image, ListOptions{})
		require.NoError(t, err)
		require.Empty(t, listing.Referrers)
		_, err = newRemote().Resolve(ctx, image)
		require.NoError(t, err, "the subject stays")
	}
}
