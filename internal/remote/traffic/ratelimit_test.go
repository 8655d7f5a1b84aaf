package traffic

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLimitAfterTooManyRequests(t *testing.T) {
	ctx := context.Background()
	ended, cancel := context.WithCancel(ctx)
	cancel()
	p := newRate(4, newFakeClock())
	waiting := func(time.Duration) {}
	for range 6 { // two of them wait for jobs
		require.NoError(t, p.enter(ended, false, waiting))
	}
	p.leave(false, http.StatusTooManyRequests, time.Second)
	for range 3 {
		require.ErrorIs(t, p.enter(ended, false, waiting), context.Canceled, "the limit is two concurrent requests now")
		p.leave(false, 0, 0)
	}
	for p.busy > 1 {
		p.leave(false, 0, 0)
	}
	require.NoError(t, p.enter(ctx, false, waiting))
	require.ErrorIs(t, p.enter(ended, false, waiting), context.Canceled)
	require.NoError(t, p.enter(ended, true, waiting), "part of another request must not wait")
	for p.limit < 4 {
		p.leave(false, http.StatusOK, 0)
		p.busy++
	}
	require.NoError(t, p.enter(ended, false, waiting), "successful responses must restore the limit")
}

func TestLimitHalvesAndRecovers(t *testing.T) {
	k := newFakeClock()
	p := newRate(8, k)
	ctx := context.Background()
	for range 8 {
		require.NoError(t, p.enter(ctx, false, nil))
	}
	for range 8 { // one burst counts once
		p.leave(false, 429, time.Second)
	}
	require.Equal(t, 4.0, p.limit)
	k.now = k.now.Add(time.Second)
	for range 4 {
		require.NoError(t, p.enter(ctx, false, nil))
	}
	full, cancel := context.WithCancel(ctx)
	entered := make(chan error, 1)
	go func() { entered <- p.enter(full, false, nil) }()
	cancel()
	require.ErrorIs(t, <-entered, context.Canceled)
	require.NoError(t, p.enter(ctx, true, nil), "part of a running job")
	for range 200 {
		p.leave(false, 200, 0)
		require.NoError(t, p.enter(ctx, false, nil))
	}
	require.Equal(t, 8.0, p.limit)
}
