package remote

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// waiters starts takers one after the other, each only when the one before waits.
func waiters(t *testing.T, s *slots, order chan<- int, patience ...bool) *sync.WaitGroup {
	t.Helper()
	var all sync.WaitGroup
	for i, patient := range patience {
		all.Go(func() {
			if s.take(context.Background(), patient) == nil {
				order <- i
				s.give()
			}
		})
		waiting := func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return len(s.queues[0])+len(s.queues[1]) == i+1
		}
		for !waiting() {
			continue
		}
	}
	return &all
}

func TestThePatientGoLast(t *testing.T) {
	s := &slots{free: 1}
	require.NoError(t, s.take(t.Context(), false))
	order := make(chan int, 4)
	all := waiters(t, s, order, true, false, true, false)
	s.give()
	all.Wait()
	close(order)
	var got []int
	for i := range order {
		got = append(got, i)
	}
	require.Equal(t, []int{1, 3, 0, 2}, got)
	require.Equal(t, 1, s.free)
}

func TestWhoGivesUpTakesNoJob(t *testing.T) {
	s := &slots{free: 1}
	require.NoError(t, s.take(t.Context(), false))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.take(ctx, false), context.Canceled)
	require.ErrorIs(t, s.take(ctx, true), context.Canceled)
	s.give()
	require.Equal(t, 1, s.free)
	require.NoError(t, s.take(t.Context(), true))
}

func TestManifestsArePatient(t *testing.T) {
	for _, test := range []struct {
		method, path string
		want         bool
	}{
		{http.MethodPut, "/v2/a/manifests/1", true},
		{http.MethodGet, "/v2/a/manifests/1", false},
		{http.MethodPut, "/v2/a/blobs/uploads/1", false},
	} {
		req, err := http.NewRequest(test.method, "http://localhost"+test.path, nil)
		require.NoError(t, err)
		require.Equal(t, test.want, patient(req), "%s %s", test.method, test.path)
	}
}
