package remote

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// A failed upload never stays open, for any error, and whatever follows.
func TestFailedUploadIsCanceled(t *testing.T) {
	content := noise(300_000, 1)
	for name, c := range map[string]struct {
		do    registrytest.Behavior
		times int
		fails bool
	}{
		"cut before":        {do: registrytest.CutBefore(), times: 3},
		"cut in the middle": {do: registrytest.CutRequest(100_000), times: 3},
		"cut after":         {do: registrytest.CutAfter(), times: 1},
		"unavailable":       {do: registrytest.Status(503), times: 3},
		"too large":         {do: registrytest.Status(413), times: 1},
		"denied":            {do: registrytest.Status(403), fails: true},
		"never available":   {do: registrytest.Status(503), fails: true},
		"always cut":        {do: registrytest.CutBefore(), fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			client, _ := newClient()
			s.Faults().Add(registrytest.Fault{Match: putBlobs, Do: c.do, Times: c.times})
			err := client.PutBlob(context.Background(), repository(t, s.Host+"/team/app"), blobOf(t, content), Bytes(content))
			require.Equal(t, c.fails, err != nil, "%v", err)
			require.Empty(t, s.Uploads("team/app"))
		})
	}
}

func TestUploadWithoutSourceIsCanceled(t *testing.T) {
	s := registrytest.Start(t)
	c, _ := newClient()
	source := func(context.Context) (io.ReadCloser, error) { return nil, errors.New("gone") }
	err := c.PutBlob(context.Background(), repository(t, s.Host+"/team/app"), blobOf(t, noise(1000, 1)), source)
	require.ErrorContains(t, err, "gone")
	require.Empty(t, s.Uploads("team/app"))
}

func TestChunkedUploadIsCanceled(t *testing.T) {
	s := registrytest.Start(t)
	c, _ := newClient()
	s.Faults().Add(registrytest.LimitBodies(100_000, registrytest.RefuseDrained)...)
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("PATCH", ""), After: 1, Do: registrytest.Status(403)})
	content := noise(300_000, 1)
	require.Error(t, c.PutBlob(context.Background(), repository(t, s.Host+"/team/app"), blobOf(t, content), Bytes(content)))
	require.NotZero(t, s.Count("PATCH", ""))
	require.Empty(t, s.Uploads("team/app"))
}

// A canceled command also cancels its uploads, and does not wait for a registry that does not
// respond.
func TestUploadIsCanceledWithItsCommand(t *testing.T) {
	for name, answers := range map[string]bool{"answers": true, "hangs": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			ctx, cancel := context.WithCancel(context.Background())
			s.Faults().Add(registrytest.Fault{Match: putBlobs, Do: registrytest.Latency(3 * time.Second)})
			if !answers {
				s.Faults().Add(registrytest.Fault{Match: registrytest.On("DELETE", ""), Do: registrytest.Latency(3 * time.Second)})
			}
			c, _ := newClient()
			content := noise(1000, 1)
			done := make(chan error)
			go func() {
				done <- c.PutBlob(ctx, repository(t, s.Host+"/team/app"), blobOf(t, content), Bytes(content))
			}()
			require.Eventually(t, func() bool { return s.Count("PUT", "") > 0 }, time.Minute, time.Millisecond)
			cancel()
			require.ErrorIs(t, <-done, context.Canceled) // long before the registry responds
			if answers {
				require.Empty(t, s.Uploads("team/app"))
			}
		})
	}
}
