package registry

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/storage"
)

// An abandoned upload is removed when the next one begins, but not if a request is using it.
func TestAbandonedUploads(t *testing.T) {
	t.Parallel()
	store, u := storage.NewMemory(), newUploads()
	start := func() *upload {
		d, err := store.Create(-1)
		require.NoError(t, err)
		return u.start("app", d)
	}
	given, used, fresh := start(), start(), start()
	past := time.Now().Add(-2 * abandonedAfter)
	given.touched, used.touched = past, past
	used.mu.Lock()
	start()
	used.mu.Unlock()
	_, err := u.acquire("app", given.id)
	require.ErrorContains(t, err, "no such upload")
	for _, kept := range []*upload{used, fresh} {
		session, err := u.acquire("app", kept.id)
		require.NoError(t, err)
		session.release()
	}
}
