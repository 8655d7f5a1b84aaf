package graph

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// A slowSource has manifests of one size, and counts how many are read at once.
type slowSource struct {
	store.Source
	size             int64
	reads, now, most atomic.Int64
}

func (s *slowSource) Read(ctx context.Context, _ string) (store.Manifest, error) {
	if limit := remote.ResponseLimit(ctx); s.size > limit {
		return store.Manifest{}, &remote.TooLargeError{Limit: limit}
	}
	s.reads.Add(1)
	if now := s.now.Add(1); now > s.most.Load() {
		s.most.Store(now)
	}
	defer s.now.Add(-1)
	content := []byte(strings.Repeat(" ", int(s.size)))
	return store.Manifest{Descriptor: v1.Descriptor{Size: s.size}, Bytes: content}, nil
}

// TestBudgetRead: whatever their descriptors claim, large manifests are read one after the
// other, and no more of them than fit into the budget.
func TestBudgetRead(t *testing.T) {
	for _, claimed := range []int64{0, -1, 2, limits.Manifest} {
		b, s := NewBudget(DefaultLimits()), &slowSource{size: limits.Manifest}
		var failed atomic.Int64
		var group errgroup.Group
		for range 64 {
			group.Go(func() error {
				if _, err := b.Read(t.Context(), s, "x", claimed); err != nil {
					failed.Add(1)
				}
				return nil
			})
		}
		require.NoError(t, group.Wait())
		fit := int64(limits.ManifestBytes / limits.Manifest)
		require.EqualValues(t, 1, s.most.Load(), claimed)
		require.EqualValues(t, 64-fit, failed.Load(), claimed)
		require.LessOrEqual(t, s.reads.Load(), fit+1, claimed)
	}
}
