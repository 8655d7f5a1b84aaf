package registrytest_test

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// A client that was not written for this registry pushes an index, reads it back and lists its
// tag.
func TestForeignClient(t *testing.T) {
	t.Parallel()
	for kind, opts := range map[string][]registry.Option{
		"memory": nil,
		"dir":    {registry.WithDir(t.TempDir())},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t, opts...)
			index, err := random.Index(100_000, 3, 2)
			require.NoError(t, err)
			tag, err := name.NewTag(s.Host + "/team/app:1")
			require.NoError(t, err)
			require.NoError(t, remote.WriteIndex(tag, index))

			got, err := remote.Index(tag)
			require.NoError(t, err)
			copied, err := name.NewTag(s.Host + "/other/app:1")
			require.NoError(t, err)
			require.NoError(t, remote.WriteIndex(copied, got)) // reads and verifies all content
			want, err := index.Digest()
			require.NoError(t, err)
			digest, err := got.Digest()
			require.NoError(t, err)
			require.Equal(t, want, digest)

			tags, err := remote.List(tag.Repository)
			require.NoError(t, err)
			require.Equal(t, []string{"1"}, tags)
			require.Equal(t, 3, s.Count("PUT", `^/v2/team/app/manifests/`))
			require.Equal(t, 3, s.Count("PUT", `^/v2/other/app/manifests/`))
			in, _ := s.Bytes()
			require.Greater(t, in, int64(600_000))
		})
	}
}
