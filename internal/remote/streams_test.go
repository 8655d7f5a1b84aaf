package remote

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestLargeBlobsTakeTurns sends more large blobs than there are jobs to a registry that does not
// read them yet: few of them stream, and the waiting ones do not occupy jobs.
func TestLargeBlobsTakeTurns(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	began, more := make(chan struct{}, 8), make(chan struct{})
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", registrytest.Uploads), Do: func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			began <- struct{}{}
			select {
			case <-more:
			case <-ctx.Done():
			}
			honest.ServeHTTP(w, req)
		})
	}})
	c, _ := newClient(WithJobs(4))
	repo := repository(t, s.Host+"/team/app")
	var sent sync.WaitGroup
	for seed := range byte(8) {
		content := noise(5<<20, seed)
		sent.Go(func() {
			if err := c.PutBlob(ctx, repo, blobOf(t, content), Bytes(content)); err != nil {
				t.Error(err)
			}
		})
	}
	<-began
	<-began
	// The rest waits without a job: another request succeeds.
	_, err := c.HeadBlob(ctx, repo, blobOf(t, []byte("absent")).Digest)
	require.True(t, IsNotFound(err), "%v", err)
	require.Empty(t, began)
	require.Equal(t, 2, s.Count("POST", registrytest.Uploads), "a waiting upload must not begin")
	close(more)
	sent.Wait()
	require.Equal(t, 8, s.Count("PUT", registrytest.Uploads))
}
