package flight

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestConcurrentCallersShareOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		runs := 0
		finish := make(chan struct{})
		want := errors.New("the result")
		results := make(chan error, 5)
		for range 5 {
			go func() {
				results <- g.Do(t.Context(), "key", func() error {
					runs++
					<-finish
					return want
				})
			}()
		}
		synctest.Wait()
		require.NoError(t, g.Do(t.Context(), "another", func() error { return nil }))
		close(finish)
		for range 5 {
			require.ErrorIs(t, <-results, want)
		}
		require.Equal(t, 1, runs)
	})
}

func TestCancellationIsNotShared(t *testing.T) {
	var g Group
	ctx, cancel := context.WithCancel(context.Background())
	running := make(chan struct{})
	first := make(chan error)
	go func() {
		first <- g.Do(ctx, "key", func() error {
			close(running)
			<-ctx.Done()
			return ctx.Err()
		})
	}()
	<-running
	second := make(chan error)
	go func() { second <- g.Do(context.Background(), "key", func() error { return nil }) }()
	cancel()
	require.ErrorIs(t, <-first, context.Canceled)
	require.NoError(t, <-second)
	require.ErrorIs(t, g.Do(ctx, "key", func() error { <-make(chan struct{}); return nil }), context.Canceled)
}
