package artifact

import (
	"slices"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/limits"
)

// bundleIndex is the index of a bundle of the shop, which a test changes.
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

// withoutTypes drops what older clients drop when they copy.
func withoutTypes(index *v1.IndexManifest) {
	index.ArtifactType = ""
	for i := range index.Manifests {
		index.Manifests[i].ArtifactType = ""
	}
}

// asManifests makes the images of an index manifests, as those of one platform are.
func asManifests(index *v1.IndexManifest) {
	for i, d := range index.Manifests {
		if d.Annotations[AnnotationImageRef] != "" {
			index.Manifests[i].MediaType = types.OCIManifestSchema1
		}
	}
}

// TestParseTellsCompositionsAndImagesApart: also where the artifact types are lost, and where
// images are single manifests, as compositions are.
func TestParseTellsCompositionsAndImagesApart(t *testing.T) {
	for name, test := range map[string]struct {
		edit     func(*v1.IndexManifest)
		stripped bool
		images   int
	}{
		"as it was made":                       {func(*v1.IndexManifest) {}, false, 2},
		"images of one manifest":               {asManifests, false, 2},
		"stripped":                             {withoutTypes, true, 2},
		"stripped, and images of one manifest": {func(i *v1.IndexManifest) { withoutTypes(i); asManifests(i) }, true, 2},
		"the index of another program, with compositions in it": {func(i *v1.IndexManifest) { i.ArtifactType = "application/x-other" }, false, 0},
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

// TestParseRefuses: what is no package, and what nobody should read to its end.
func TestParseRefuses(t *testing.T) {
	var none *NotCompositionError
	_, err := Parse("it", bundleIndex(t, func(i *v1.IndexManifest) {
		withoutTypes(i)
		delete(i.Annotations, AnnotationMode)
	}))
	require.ErrorAs(t, err, &none, "nothing says that it is one")
	_, err = Parse("it", bundleIndex(t, func(i *v1.IndexManifest) {
		withoutTypes(i)
		i.Manifests[0].ArtifactType = "application/x-other"
	}))
	require.ErrorAs(t, err, &none, "an index with a type of another program has not lost its types")

	_, err = Parse("it", bundleIndex(t, func(i *v1.IndexManifest) { i.Manifests[0].Platform.OS = "linux\x1b[2J" }))
	require.ErrorContains(t, err, "has the invalid platform")
	require.NotContains(t, err.Error(), "\x1b", "it is shown escaped")
	_, err = Parse("it", bundleIndex(t, func(i *v1.IndexManifest) {
		i.Manifests = slices.Repeat(i.Manifests[:1], limits.Compositions+1)
	}))
	var limit *limits.Error
	require.ErrorAs(t, err, &limit)
}
