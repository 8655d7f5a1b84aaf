package registrytest_test

import (
	"archive/tar"
	"io"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

func TestPushedIndex(t *testing.T) {
	t.Parallel()
	for _, docker := range []bool{false, true} {
		s := registrytest.Start(t)
		spec := registrytest.ImageSpec{
			Platforms: []string{"linux/amd64", "linux/arm64/v8"}, Layers: 3, LayerSize: 5000, SharedLayers: 1,
			Docker: docker, Attestations: true,
		}
		desc := registrytest.PushImage(t, s.Host+"/team/app:1", spec)
		require.Equal(t, desc, registrytest.PushImage(t, s.Host+"/team/app:2", spec), "the same spec gives the same image")

		tag, err := name.ParseReference(s.Host + "/team/app:1")
		require.NoError(t, err)
		index, err := remote.Index(tag)
		require.NoError(t, err)
		digest, err := index.Digest()
		require.NoError(t, err)
		require.Equal(t, desc.Digest, digest)
		manifest, err := index.IndexManifest()
		require.NoError(t, err)
		require.Len(t, manifest.Manifests, 4)
		var platforms []string
		for _, child := range manifest.Manifests {
			platforms = append(platforms, child.Platform.String())
		}
		require.Equal(t, []string{"linux/amd64", "linux/arm64/v8", "unknown/unknown", "unknown/unknown"}, platforms)
		require.Equal(t, manifest.Manifests[0].Digest.String(), manifest.Manifests[2].Annotations["vnd.docker.reference.digest"])

		want := types.OCIManifestSchema1
		layerType := types.OCILayer
		if docker {
			want, layerType = types.DockerManifestSchema2, types.DockerLayer
		}
		require.Equal(t, want, manifest.Manifests[0].MediaType)
		amd, arm := layersOf(t, index, manifest.Manifests[0].Digest), layersOf(t, index, manifest.Manifests[1].Digest)
		require.Len(t, amd, 3)
		require.Equal(t, amd[0].Digest, arm[0].Digest)
		require.NotEqual(t, amd[1].Digest, arm[1].Digest)
		require.Equal(t, layerType, amd[0].MediaType)

		image, err := index.Image(manifest.Manifests[1].Digest)
		require.NoError(t, err)
		layers, err := image.Layers()
		require.NoError(t, err)
		for _, layer := range layers { // gzip and tar, as in the media type, with the diff ID of the config
			plain, err := layer.Uncompressed()
			require.NoError(t, err)
			archive := tar.NewReader(plain)
			header, err := archive.Next()
			require.NoError(t, err)
			require.Equal(t, int64(5000), header.Size)
			_, err = io.Copy(io.Discard, plain)
			require.NoError(t, err)
			require.NoError(t, plain.Close())
		}
	}
}

func layersOf(t *testing.T, index v1.ImageIndex, digest v1.Hash) []v1.Descriptor {
	t.Helper()
	image, err := index.Image(digest)
	require.NoError(t, err)
	manifest, err := image.Manifest()
	require.NoError(t, err)
	return manifest.Layers
}

func TestPushedImage(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	first := registrytest.PushImage(t, s.Host+"/a:1", registrytest.ImageSpec{SharedLayers: 1, Layers: 2})
	require.Equal(t, types.OCIManifestSchema1, first.MediaType)
	second := registrytest.PushImage(t, s.Host+"/a:2", registrytest.ImageSpec{SharedLayers: 1, Layers: 2, Seed: 1})
	require.NotEqual(t, first.Digest, second.Digest)
	require.Equal(t, 5, s.Count("PUT", `/blobs/uploads/`), "two images: two configs, two layers, one base")
}
