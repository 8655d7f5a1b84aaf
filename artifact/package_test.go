package artifact

import (
	"slices"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/limits"
)

// bundleIndex is the index of a bundle of the shop, for a test to modify.
func bundleIndex(t *testing.T, edit func(*v1.IndexManifest)) Content {
	t.Helper()
	p := shopPlan(t)
	p.Mode = Bundled
	built, _, err := p.build()
	require.NoError(t, err)
	var index v1.IndexManifest
	require.NoError(t, limits.Decode(built.Content().Bytes, &index))
	edit(&index)
	root, err := encode(index.MediaType, index)
	require.NoError(t, err)
	return root
}

// withoutTypes removes the fields that older clients drop when they copy.
func withoutTypes(index *v1.IndexManifest) {
	index.ArtifactType = ""
	for i := range index.Manifests {
		index.Manifests[i].ArtifactType = ""
	}
}

// asManifests replaces the images in an index by single manifests, like images for one platform.
func asManifests(index *v1.IndexManifest) {
	for i, d := range index.Manifests {
		if d.Annotations[AnnotationImageRef] != "" {
			index.Manifests[i].MediaType = types.OCIManifestSchema1
		}
	}
}

// TestParseDistinguishesCompositionsFromImages: also without artifact types, and with images that are
// single manifests like compositions.
func TestParseDistinguishesCompositionsFromImages(t *testing.T) {
	for name, test := range map[string]struct {
		edit     func(*v1.IndexManifest)
		stripped bool
		images   int
	}{
		"unchanged":                             {func(*v1.IndexManifest) {}, false, 2},
		"single-manifest images":                {asManifests, false, 2},
		"stripped":                              {withoutTypes, true, 2},
		"stripped, with single-manifest images": {func(i *v1.IndexManifest) { withoutTypes(i); asManifests(i) }, true, 2},
		"another program's index that contains compositions": {func(i *v1.IndexManifest) { i.ArtifactType = "application/x-other" }, false, 0},
	} {
		p, err := Parse("it", bundleIndex(t, test.edit))
		require.NoError(t, err, name)
		require.Equal(t, test.stripped, p.Stripped, name)
		require.Len(t, p.Compositions, 3, name)
		require.Len(t, p.Images, test.images, name)
		for _, c := range p.Compositions {
			require.Equal(t, Type, c.Descriptor.ArtifactType, name)
		}
	}
}

// TestParseRejects: content that is not a package, and indexes above the limits.
func TestParseRejects(t *testing.T) {
	var none *NotCompositionError
	_, err := Parse("it", bundleIndex(t, func(i *v1.IndexManifest) {
		withoutTypes(i)
		delete(i.Annotations, AnnotationMode)
	}))
	require.ErrorAs(t, err, &none, "it has no mark of a package")
	_, err = Parse("it", bundleIndex(t, func(i *v1.IndexManifest) {
		withoutTypes(i)
		i.Manifests[0].ArtifactType = "application/x-other"
	}))
	require.ErrorAs(t, err, &none, "an index with a foreign artifact type has not lost its types")

	_, err = Parse("it", bundleIndex(t, func(i *v1.IndexManifest) { i.Manifests[0].Platform.OS = "linux\x1b[2J" }))
	require.ErrorContains(t, err, "has the invalid platform")
	require.NotContains(t, err.Error(), "\x1b", "control characters must be escaped")
	_, err = Parse("it", bundleIndex(t, func(i *v1.IndexManifest) {
		i.Manifests = slices.Repeat(i.Manifests[:1], limits.Compositions+1)
	}))
	var limit *limits.Error
	require.ErrorAs(t, err, &limit)
}
