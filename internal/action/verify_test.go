package action

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/file"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/action/verify"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

// bundleIn copies a bundle of the shop to a layout, where tests can change anything.
func bundleIn(t *testing.T) *store.Layout {
	t.Helper()
	s := registrytest.Start(t)
	made := push(t, shopAt(t, s.Host, artifact.Bundled), "1")
	l, err := store.CreateLayout(filepath.Join(t.TempDir(), "layout"))
	require.NoError(t, err)
	_, err = publish.Copy(t.Context(), newSession(), at(made.Digest), l, publish.CopyOptions{PushOptions: publish.PushOptions{Tag: "1"}})
	require.NoError(t, err)
	return l
}

func verifyIn(t *testing.T, l *store.Layout, deep bool) (*report.Verification, error) {
	t.Helper()
	return verify.Package(t.Context(), newSession(), session.Location{Store: l, Ref: "1"}, verify.Options{Deep: deep})
}

// copyOf copies a layout's folder.
func copyOf(t *testing.T, l *store.Layout) *store.Layout {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.CopyFS(dir, os.DirFS(strings.TrimPrefix(l.Name(), store.LayoutPrefix))))
	copied, err := store.OpenLayout(dir)
	require.NoError(t, err)
	return copied
}

// blobsOf are the paths of all blobs of a layout.
func blobsOf(t *testing.T, l *store.Layout) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(strings.TrimPrefix(l.Name(), store.LayoutPrefix), "blobs", "sha256", "*"))
	require.NoError(t, err)
	return paths
}

// TestVerifyFindsEachMissingOrChangedBlob removes, and then changes, each manifest, config, layer
// and file of a bundle.
func TestVerifyFindsEachMissingOrChangedBlob(t *testing.T) {
	whole := bundleIn(t)
	v, err := verifyIn(t, whole, true)
	require.NoError(t, err)
	require.True(t, v.OK, "%+v", v.Problems)
	blobs := blobsOf(t, whole)
	require.Len(t, blobs, v.Manifests+v.Blobs, "every blob must be checked")
	root, err := whole.Lookup(t.Context(), "1")
	require.NoError(t, err)
	for _, path := range blobs {
		digest := "sha256:" + filepath.Base(path)
		if digest == root.Digest.String() {
			continue // without it there is no package
		}
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		for change, edit := range map[string]func(string) error{
			"missing": os.Remove,
			"shorter": func(p string) error { return os.WriteFile(p, content[:len(content)-1], 0o644) },
			"longer":  func(p string) error { return os.WriteFile(p, append(bytes.Clone(content), 0), 0o644) },
			"flipped": func(p string) error {
				flipped := bytes.Clone(content)
				flipped[len(flipped)/2] ^= 1
				return os.WriteFile(p, flipped, 0o644)
			},
		} {
			l := copyOf(t, whole)
			require.NoError(t, edit(filepath.Join(filepath.Dir(blobsOf(t, l)[0]), filepath.Base(path))))
			v, err := verifyIn(t, l, true)
			require.NoError(t, err, "%s %s", change, digest)
			require.False(t, v.OK, "%s %s", change, digest)
			found := false
			for _, p := range v.Problems {
				found = found || strings.HasSuffix(p.Reference, digest)
			}
			require.True(t, found, "%s %s: %+v", change, digest, v.Problems)
			if change == "flipped" {
				continue // found only by reading the content
			}
			shallow, err := verifyIn(t, l, false)
			require.NoError(t, err, "%s %s", change, digest)
			require.Equal(t, v.Problems, shallow.Problems, "%s %s: sizes are compared without reading the content", change, digest)
		}
	}
}

// TestVerifyFindsEachMissingOrChangedReferrer removes, and then changes, each manifest and blob
// of a bundle's referrers: a signature of the package, and a signature of that.
func TestVerifyFindsEachMissingOrChangedReferrer(t *testing.T) {
	l := bundleIn(t)
	root, err := l.Lookup(t.Context(), "1")
	require.NoError(t, err)
	before := blobsOf(t, l)
	subject := root
	for i := range 2 {
		blob := []byte(fmt.Sprintf(`{"signature":%d}`, i))
		digest, size, err := v1.SHA256(bytes.NewReader(blob))
		require.NoError(t, err)
		layer := v1.Descriptor{MediaType: "application/json", Digest: digest, Size: size}
		require.NoError(t, l.WriteBlob(t.Context(), layer, remote.Bytes(blob)))
		raw, err := json.Marshal(v1.Manifest{
			SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: "application/vnd.example.signature",
			Config: layer, Layers: []v1.Descriptor{layer}, Subject: &subject,
		})
		require.NoError(t, err)
		m := manifestOf(t, types.OCIManifestSchema1, raw)
		require.NoError(t, l.Attach(t.Context(), m))
		subject = m.Descriptor
	}
	v, err := verifyIn(t, l, true)
	require.NoError(t, err)
	require.True(t, v.OK, "%+v", v.Problems)
	added := slices.DeleteFunc(blobsOf(t, l), func(path string) bool { return slices.Contains(before, path) })
	require.Len(t, added, 4)
	for _, path := range added {
		digest := "sha256:" + filepath.Base(path)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		for change, edit := range map[string]func(string) error{
			"missing": os.Remove,
			"flipped": func(p string) error {
				flipped := bytes.Clone(content)
				flipped[len(flipped)/2] ^= 1
				return os.WriteFile(p, flipped, 0o644)
			},
		} {
			changed := copyOf(t, l)
			require.NoError(t, edit(filepath.Join(filepath.Dir(blobsOf(t, changed)[0]), filepath.Base(path))))
			v, err := verifyIn(t, changed, true)
			require.NoError(t, err, "%s %s", change, digest)
			require.False(t, v.OK, "%s %s", change, digest)
			require.True(t, slices.ContainsFunc(v.Problems, func(p report.Problem) bool { return strings.HasSuffix(p.Reference, digest) }), "%s %s: %+v", change, digest, v.Problems)
		}
	}
}

// TestVerifyFindsUnlistedImages: its manifests and blobs exist, but a registry
// may delete manifests that no index refers to.
func TestVerifyFindsUnlistedImages(t *testing.T) {
	l := bundleIn(t)
	var gone v1.Descriptor
	edited(t, l, func(i *v1.IndexManifest) {
		gone = i.Manifests[len(i.Manifests)-1]
		i.Manifests = i.Manifests[:len(i.Manifests)-1]
	})
	require.True(t, gone.MediaType.IsIndex(), "an image")
	v, err := verifyIn(t, l, false)
	require.NoError(t, err)
	require.False(t, v.OK)
	require.Len(t, v.Problems, 3, "a manifest for each platform, and the index: %+v", v.Problems)
	for _, p := range v.Problems {
		require.Equal(t, "pin", p.Kind)
		require.Equal(t, "not in the bundle's index", p.Reason)
	}
}

// edited changes the manifest under the tag 1 of a layout.
func edited(t *testing.T, l *store.Layout, edit func(*v1.IndexManifest)) {
	t.Helper()
	m, err := l.Read(t.Context(), "1")
	require.NoError(t, err)
	var index v1.IndexManifest
	require.NoError(t, json.Unmarshal(m.Bytes, &index))
	edit(&index)
	raw, err := json.Marshal(index)
	require.NoError(t, err)
	require.NoError(t, l.Write(t.Context(), manifestOf(t, types.OCIImageIndex, raw), "1"))
}

func manifestOf(t *testing.T, mediaType types.MediaType, raw []byte) store.Manifest {
	t.Helper()
	digest, size, err := v1.SHA256(bytes.NewReader(raw))
	require.NoError(t, err)
	return store.Manifest{Descriptor: v1.Descriptor{MediaType: mediaType, Digest: digest, Size: size}, Bytes: raw}
}

// TestVerifyAndCopyAgree: verify finds wrong values in an index, and a copy fails.
func TestVerifyAndCopyAgree(t *testing.T) {
	image := func(index *v1.IndexManifest) *v1.Descriptor { return &index.Manifests[len(index.Manifests)-1] }
	for name, tc := range map[string]struct {
		edit   func(*v1.IndexManifest)
		reason string
	}{
		"a composition's size":          {func(i *v1.IndexManifest) { i.Manifests[0].Size++ }, "damaged: the content has"},
		"an image's size":               {func(i *v1.IndexManifest) { image(i).Size++ }, "damaged: the content has"},
		"an image with size zero":       {func(i *v1.IndexManifest) { image(i).Size = 0 }, "damaged: the content is longer"},
		"an image with a negative size": {func(i *v1.IndexManifest) { image(i).Size = -1 }, "damaged: the content is longer"},
		"an image's media type":         {func(i *v1.IndexManifest) { image(i).MediaType = types.OCIManifestSchema1 }, "damaged: the content has the media type"},
		"a missing image":               {func(i *v1.IndexManifest) { image(i).Digest.Hex = strings.Repeat("0", 64) }, "missing"},
	} {
		t.Run(name, func(t *testing.T) {
			l := bundleIn(t)
			edited(t, l, tc.edit)
			v, err := verifyIn(t, l, false)
			require.NoError(t, err)
			require.False(t, v.OK)
			var reasons []string
			for _, p := range v.Problems {
				reasons = append(reasons, p.Reason)
			}
			require.Contains(t, strings.Join(reasons, "\n"), tc.reason)
			to, err := store.CreateLayout(filepath.Join(t.TempDir(), "to"))
			require.NoError(t, err)
			_, err = publish.Copy(t.Context(), newSession(), session.Location{Store: l, Ref: "1"}, to, publish.CopyOptions{PushOptions: publish.PushOptions{Tag: "1"}})
			require.Error(t, err, "copy must reject what verify finds")
			_, err = file.PrepareSave(t.Context(), newSession(), session.Location{Store: l, Ref: "1"}, file.SaveOptions{})
			require.Error(t, err, "and saving")
			_, err = to.Lookup(t.Context(), "1")
			require.True(t, store.IsNotFound(err), "there must be no tag")
		})
	}
}

// TestVerifyReportsTheSameInEachRun: several images share missing layers.
func TestVerifyReportsTheSameInEachRun(t *testing.T) {
	s := registrytest.Start(t)
	p := application(t, s, 6, 2, registrytest.ImageSpec{Platforms: []string{"linux/amd64", "linux/arm64"}, Layers: 3, SharedLayers: 2, BaseSeed: 7})
	made := push(t, p, "1")
	deleted := 0
	seen := map[v1.Hash]bool{}
	for _, d := range made.Package.Images {
		index, err := remote.New().GetManifest(t.Context(), made.Digest.Context().Digest(d.Digest.String()))
		require.NoError(t, err)
		for _, child := range artifact.Content(index).Listed() {
			m, err := remote.New().GetManifest(t.Context(), made.Digest.Context().Digest(child.Digest.String()))
			require.NoError(t, err)
			parsed, err := verify.ParseManifest(m)
			require.NoError(t, err)
			if shared := parsed.Layers[0].Digest; !seen[shared] && deleted < 2 {
				seen[shared] = true
				deleted++
				deleteBlob(t, s, made.Digest.Context(), shared)
			}
		}
	}
	first := verifyAt(t, made.Digest)
	require.False(t, first.OK)
	for range 20 {
		require.Equal(t, first, verifyAt(t, made.Digest))
	}
	require.Equal(t, made.Package.Images[0].Annotations[artifact.AnnotationImageRef], first.Problems[0].NeededBy, "the first image that needs it")
}

// TestVerifyFailsIfItCantCheck: content that can't be checked is an error, not a
// problem of the package.
func TestVerifyFailsIfItCantCheck(t *testing.T) {
	s := registrytest.Start(t)
	made := push(t, shopAt(t, s.Host, artifact.Loose), "1")
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	report, err := verify.Package(t.Context(), newSession(), at(made.Digest), verify.Options{})
	require.NoError(t, err)
	require.True(t, report.OK, "a temporary folder is not needed")

	t.Setenv("TMPDIR", t.TempDir())
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("HEAD|GET", registrytest.Blobs), Do: registrytest.Status(403)})
	_, err = verify.Package(t.Context(), newSession(), at(made.Digest), verify.Options{})
	require.True(t, remote.IsUnauthorized(err), "%v", err)
}

// TestVerifyReadsBlobsOfUnknownSize: a registry omits the length of blobs.
func TestVerifyReadsBlobsOfUnknownSize(t *testing.T) {
	s := registrytest.Start(t)
	made := push(t, shopAt(t, s.Host, artifact.Bundled), "1")
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("HEAD", registrytest.Blobs), Do: func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	}})
	s.Reset()
	v := verifyAt(t, made.Digest)
	require.True(t, v.OK, "%+v", v.Problems)
	require.Equal(t, v.Blobs, s.Count("GET", "/v2/shop/blobs/"), "each blob is read exactly once")

	layer := fetch(t, made.Digest).Images[0]
	index, err := remote.New().GetManifest(t.Context(), made.Digest.Context().Digest(layer.Digest.String()))
	require.NoError(t, err)
	m, err := remote.New().GetManifest(t.Context(), made.Digest.Context().Digest(artifact.Content(index).Listed()[0].Digest.String()))
	require.NoError(t, err)
	parsed, err := verify.ParseManifest(m)
	require.NoError(t, err)
	deleteBlob(t, s, made.Digest.Context(), parsed.Layers[0].Digest)
	require.Len(t, verifyAt(t, made.Digest).Problems, 1)
}

// TestVerifyDistinguishesManifestsAndBlobs: a missing layer has the digest of an existing manifest.
func TestVerifyDistinguishesManifestsAndBlobs(t *testing.T) {
	s := registrytest.Start(t)
	made := push(t, shopAt(t, s.Host, artifact.Bundled), "1")
	source := at(made.Digest).Store
	image := made.Package.Images[0]
	index, err := source.Read(t.Context(), image.Digest.String())
	require.NoError(t, err)
	m, err := source.Read(t.Context(), artifact.Content(index).Listed()[0].Digest.String())
	require.NoError(t, err)
	v := verify.NewVerifier(newSession(), at(made.Digest), made.Package, verify.Options{})
	who := verify.Need{In: source, Name: "somebody"}
	_, ok, err := v.ReadManifest(t.Context(), who, m.Descriptor, "manifest")
	require.NoError(t, err)
	require.True(t, ok)
	intact, err := v.Blob(t.Context(), who, v1.Descriptor{MediaType: types.OCILayer, Digest: m.Descriptor.Digest, Size: m.Descriptor.Size}, "layer", false)
	require.NoError(t, err)
	require.False(t, intact)
	require.Equal(t, "missing", v.Result().Problems[0].Reason)
}
