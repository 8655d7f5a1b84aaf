package traffic

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// waiters starts takers one by one, each after the previous one waits.
func waiters(t *testing.T, j *Jobs, order chan<- int, low ...bool) *sync.WaitGroup {
	t.Helper()
	var all sync.WaitGroup
	for i, low := range low {
		all.Go(func() {
			if release, err := j.take(context.Background(), low); err == nil {
				order <- i
				release()
			}
		})
		waiting := func() bool {
			j.mu.Lock()
			defer j.mu.Unlock()
			return len(j.queues[0])+len(j.queues[1]) == i+1
		}
		for !waiting() {
			continue
		}
	}
	return &all
}

func TestLowPriorityWaitsForOthers(t *testing.T) {
	j := NewJobs(1)
	release, err := j.take(t.Context(), false)
	require.NoError(t, err)
	order := make(chan int, 4)
	all := waiters(t, j, order, true, false, true, false)
	release()
	all.Wait()
	close(order)
	var got []int
	for i := range order {
		got = append(got, i)
	}
	require.Equal(t, []int{1, 3, 0, 2}, got)
	require.Equal(t, 1, j.free)
}

func TestCanceledWaiterTakesNoJob(t *testing.T) {
	j := NewJobs(1)
	release, err := j.take(t.Context(), false)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, j.wait(ctx, false), context.Canceled)
	require.ErrorIs(t, j.wait(ctx, true), context.Canceled)
	release()
	release()
	require.Equal(t, 1, j.free, "a job must be returned only once")
	_, err = j.take(t.Context(), true)
	require.NoError(t, err)
	_, err = j.take(InJob(t.Context()), false)
	require.NoError(t, err, "part of a job")
}

func TestManifestsHaveLowPriority(t *testing.T) {
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
		require.Equal(t, test.want, LowPriority(req), "%s %s", test.method, test.path)
	}
}
