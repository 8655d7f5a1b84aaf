package registrytest

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"
)

// PushNested pushes an index that lists an index several times, which lists another index as often, and so on: a client
// that follows every entry never finishes.
func PushNested(t testing.TB, ref string, levels, times int) v1.Hash {
	t.Helper()
	tag, err := name.NewTag(ref, name.Insecure)
	require.NoError(t, err)
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: NewImage(t, ImageSpec{})})
	require.NoError(t, remote.WriteIndex(tag, index))
	for range levels {
		digest, err := index.Digest()
		require.NoError(t, err)
		require.NoError(t, remote.Put(tag.Digest(digest.String()), index))
		var entries []mutate.IndexAddendum
		for i := range times {
			d := v1.Descriptor{Annotations: map[string]string{"entry": string(rune('a' + i))}}
			entries = append(entries, mutate.IndexAddendum{Add: index, Descriptor: d})
		}
		index = mutate.AppendManifests(empty.Index, entries...)
	}
	require.NoError(t, remote.Put(tag, index))
	digest, err := index.Digest()
	require.NoError(t, err)
	return digest
}
