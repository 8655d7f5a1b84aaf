package registrytest_test

import (
	"fmt"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

func TestFlatIndexesOnly(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	image := registrytest.PushImage(t, s.Host+"/app:image", registrytest.ImageSpec{})
	index := registrytest.PushImage(t, s.Host+"/app:index", registrytest.ImageSpec{Platforms: []string{"linux/amd64", "linux/arm64"}})
	require.True(t, index.MediaType.IsIndex())
	s.Faults().Add(registrytest.FlatIndexesOnly()...)

	list := func(mediaType types.MediaType, digest string, size int64) string {
		return fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"manifests":[{"mediaType":%q,"digest":%q,"size":%d}]}`,
			types.OCIImageIndex, mediaType, digest, size)
	}
	put := func(body string) answer {
		return ask(t, s, "PUT", "/v2/app/manifests/list", body, "Content-Type", string(types.OCIImageIndex))
	}
	nested := put(list(index.MediaType, index.Digest.String(), index.Size))
	require.Equal(t, 400, nested.status)
	require.Contains(t, nested.body, `"code":"MANIFEST_INVALID"`)
	require.Contains(t, nested.body, "Could not load manifest labels for child manifest")
	disguised := put(list(types.OCIManifestSchema1, index.Digest.String(), index.Size))
	require.Equal(t, 400, disguised.status, "the stored manifest counts, not the descriptor")

	require.Equal(t, 201, put(list(image.MediaType, image.Digest.String(), image.Size)).status)
	docker := put(`{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[]}`)
	require.Equal(t, 400, docker.status, "other rejections must not change")
	require.NotContains(t, docker.body, "labels")
}
