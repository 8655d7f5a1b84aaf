package registrytest

import (
	"fmt"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

// ImageSpec describes an image. The same values result in the same bytes.
type ImageSpec struct {
	// Seed makes images different: two with the same seed and shape are the same image.
	Seed uint64
	// Platforms are like "linux/arm64/v8". Without platforms, the image is a single manifest for linux/amd64, otherwise an
	// index.
	Platforms []string
	// Layers is the number of layers of each platform; zero means 1.
	Layers int
	// LayerSize is the size of the random file in each layer in bytes; zero means 1024. The layer's blob is a little
	// larger.
	LayerSize int64
	// SharedLayers is the number of layers that depend only on BaseSeed: they are the same in all platforms, and in every
	// image with the same base and LayerSize.
	SharedLayers int
	BaseSeed     uint64
	// Docker uses Docker's media types (schema 2) instead of OCI's.
	Docker bool
	// Attestations adds a child for the platform unknown/unknown to the index for each platform, as BuildKit does.
	Attestations bool
	// Annotations are the annotations of the root manifest or index.
	Annotations map[string]string
}

// PushImage builds the image, pushes it to ref ("127.0.0.1:PORT/repository:tag") and returns the descriptor of its
// root.
func PushImage(t testing.TB, ref string, spec ImageSpec, opts ...remote.Option) v1.Descriptor {
	t.Helper()
	tag, err := name.ParseReference(ref, name.Insecure)
	require.NoError(t, err)
	var root interface {
		partial.Describable
	}
	if len(spec.Platforms) == 0 {
		image := NewImage(t, spec)
		require.NoError(t, remote.Write(tag, image, opts...))
		root = image
	} else {
		index := NewIndex(t, spec)
		require.NoError(t, remote.WriteIndex(tag, index, opts...))
		root = index
	}
	desc, err := partial.Descriptor(root)
	require.NoError(t, err)
	return v1.Descriptor{MediaType: desc.MediaType, Digest: desc.Digest, Size: desc.Size}
}

// NewImage builds an image for the first platform, without pushing it.
func NewImage(t testing.TB, spec ImageSpec) v1.Image {
	t.Helper()
	platform := "linux/amd64"
	if len(spec.Platforms) > 0 {
		platform = spec.Platforms[0]
	}
	image, err := spec.image(platform)
	require.NoError(t, err)
	if len(spec.Annotations) > 0 {
		image = mutate.Annotations(image, spec.Annotations).(v1.Image)
	}
	return image
}

// NewIndex builds an index of all platforms, without pushing it.
func NewIndex(t testing.TB, spec ImageSpec) v1.ImageIndex {
	t.Helper()
	indexType := types.OCIImageIndex
	if spec.Docker {
		indexType = types.DockerManifestList
	}
	index := mutate.IndexMediaType(empty.Index, indexType)
	var attestations []mutate.IndexAddendum
	for _, text := range spec.Platforms {
		image, err := spec.image(text)
		require.NoError(t, err)
		platform, err := v1.ParsePlatform(text)
		require.NoError(t, err)
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: platform}})
		if spec.Attestations {
			attestation, err := attestationOf(image)
			require.NoError(t, err)
			attestations = append(attestations, attestation)
		}
	}
	index = mutate.AppendManifests(index, attestations...)
	if len(spec.Annotations) > 0 {
		index = mutate.Annotations(index, spec.Annotations).(v1.ImageIndex)
	}
	return index
}

func (s ImageSpec) image(platformText string) (v1.Image, error) {
	platform, err := v1.ParsePlatform(platformText)
	if err != nil {
		return nil, err
	}
	manifestType, configType, layerType := types.OCIManifestSchema1, types.OCIConfigJSON, types.OCILayer
	if s.Docker {
		manifestType, configType, layerType = types.DockerManifestSchema2, types.DockerConfigJSON, types.DockerLayer
	}
	var layers []v1.Layer
	for i := range max(s.Layers, 1) {
		source := fmt.Sprintf("image %d %s layer %d", s.Seed, platformText, i)
		if i < s.SharedLayers {
			source = fmt.Sprintf("base %d layer %d", s.BaseSeed, i)
		}
		size := s.LayerSize
		if size == 0 {
			size = 1024
		}
		layers = append(layers, newLayer(source, size, layerType))
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, manifestType), configType)
	image, err = mutate.ConfigFile(image, &v1.ConfigFile{
		OS: platform.OS, Architecture: platform.Architecture, Variant: platform.Variant,
		Config: v1.Config{Labels: map[string]string{"seed": fmt.Sprint(s.Seed)}},
		RootFS: v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{}},
	})
	if err != nil {
		return nil, err
	}
	return mutate.AppendLayers(image, layers...)
}

// attestationOf builds an attestation like BuildKit's:
// https://docs.docker.com/build/metadata/attestations/attestation-storage/
func attestationOf(image v1.Image) (mutate.IndexAddendum, error) {
	digest, err := image.Digest()
	if err != nil {
		return mutate.IndexAddendum{}, err
	}
	statement := []byte(fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v0.1","subject":[{"digest":{"sha256":%q}}]}`, digest.Hex))
	attestation := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	attestation, err = mutate.ConfigFile(attestation, &v1.ConfigFile{
		OS: "unknown", Architecture: "unknown", RootFS: v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{}},
	})
	if err != nil {
		return mutate.IndexAddendum{}, err
	}
	attestation, err = mutate.AppendLayers(attestation, static.NewLayer(statement, "application/vnd.in-toto+json"))
	if err != nil {
		return mutate.IndexAddendum{}, err
	}
	return mutate.IndexAddendum{Add: attestation, Descriptor: v1.Descriptor{
		Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"},
		Annotations: map[string]string{
			"vnd.docker.reference.type":   "attestation-manifest",
			"vnd.docker.reference.digest": digest.String(),
		},
	}}, nil
}
