package traffic

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A line is a network connection with a rate in bytes per second, a maximum rate per stream, and
// a delay before each stream.
type line struct {
	rate, perStream float64
	delay           time.Duration
}

// carry transfers blobs over the line. It returns the arrival times, in order, and the maximum
// number of concurrent streams.
func (l line) carry(t *testing.T, sizes []int64) (arrived []time.Duration, most int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		const tick = 20 * time.Millisecond
		s := NewStreams(16, SystemClock{})
		start := time.Now()
		var mu sync.Mutex
		active := 0
		var all sync.WaitGroup
		for _, size := range sizes {
			all.Go(func() {
				stream, err := s.Enter(t.Context(), size)
				if err != nil {
					t.Error(err)
					return
				}
				defer stream.Leave()
				time.Sleep(l.delay)
				mu.Lock()
				active++
				most = max(most, active)
				mu.Unlock()
				for left := size; left > 0; {
					time.Sleep(tick)
					mu.Lock()
					n := min(left, int64(min(l.perStream, l.rate/float64(active))*tick.Seconds()))
					mu.Unlock()
					left -= n
					stream.Moved(n)
				}
				mu.Lock()
				active--
				arrived = append(arrived, time.Since(start))
				mu.Unlock()
			})
		}
		all.Wait()
		require.Zero(t, s.active)
		require.Zero(t, s.large)
		require.Zero(t, s.left)
		require.Empty(t, s.queue)
	})
	return arrived, most
}

func repeated(n int, size int64) []int64 {
	sizes := make([]int64, n)
	for i := range sizes {
		sizes[i] = size
	}
	return sizes
}

// TestSlowConnection: on a slow connection, blobs complete early, so that an interruption does not lose
// all progress.
func TestSlowConnection(t *testing.T) {
	t.Parallel()
	l := line{rate: 2e6, perStream: 2e6, delay: 100 * time.Millisecond}
	arrived, most := l.carry(t, repeated(16, 61<<16))
	done := 0
	for _, at := range arrived {
		if at <= 9*time.Second {
			done++
		}
	}
	require.GreaterOrEqual(t, done, 3, "%v", arrived)
	require.LessOrEqual(t, most, 3)
	require.Less(t, arrived[15], 35*time.Second, "the line needs 32 s")
}

// TestWideConnection: a connection that one stream doesn't fill gets more streams.
func TestWideConnection(t *testing.T) {
	t.Parallel()
	l := line{rate: 1e9, perStream: 8e6, delay: 300 * time.Millisecond}
	arrived, most := l.carry(t, repeated(48, 64<<20))
	require.Equal(t, 16, most)
	require.Less(t, arrived[47], 40*time.Second, "16 concurrent streams take 26 s, 2 take 3 minutes")

	arrived, most = line{rate: 100e6, perStream: 100e6, delay: 5 * time.Millisecond}.carry(t, repeated(48, 8<<20))
	require.Greater(t, most, 4)
	require.Less(t, arrived[47], 4500*time.Millisecond, "the line needs 4 s")
}

// TestFastConnection: a few large blobs arrive in less than half a second, before the rate is measured.
func TestFastConnection(t *testing.T) {
	t.Parallel()
	_, most := line{rate: 1e9, perStream: 1e9, delay: 20 * time.Millisecond}.carry(t, repeated(6, 32<<20))
	require.GreaterOrEqual(t, most, 4)
}

// TestSmallBlobs: blobs that arrive quickly do not wait.
func TestSmallBlobs(t *testing.T) {
	t.Parallel()
	arrived, most := line{rate: 1e6, perStream: 1e6, delay: 200 * time.Millisecond}.carry(t, repeated(160, 2000))
	require.Equal(t, 16, most)
	require.Less(t, arrived[159], 3*time.Second, "10 rounds of 200 ms and the bytes")
}

// TestSmallBlobDoesNotDelayLargeOnes: an image's config takes no place of a layer.
func TestSmallBlobDoesNotDelayLargeOnes(t *testing.T) {
	t.Parallel()
	s := NewStreams(16, SystemClock{})
	for _, size := range []int64{2000, 32 << 20, 2000, 32 << 20} {
		_, ok := s.TryEnter(size)
		require.True(t, ok, size)
	}
	_, ok := s.TryEnter(32 << 20)
	require.False(t, ok)
}

func TestCanceledStreams(t *testing.T) {
	t.Parallel()
	s := NewStreams(1, SystemClock{})
	first, ok := s.TryEnter(100)
	require.True(t, ok)
	_, ok = s.TryEnter(1)
	require.False(t, ok)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(context.DeadlineExceeded)
	_, err := s.Enter(ctx, 100)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	first.Moved(40)
	first.Leave()
	first.Leave()
	require.Zero(t, s.left)
	require.Zero(t, s.active)

	second, err := s.Enter(t.Context(), 10)
	require.NoError(t, err)
	second.Moved(10) // all bytes are sent, and the registry has not responded yet
	third, ok := s.TryEnter(10)
	require.True(t, ok)
	second.Moved(10) // sent again
	second.Leave()
	third.Leave()
	(*Stream)(nil).Leave()
	require.Zero(t, s.left)
	require.Zero(t, s.active)
	require.Zero(t, s.large)
}
