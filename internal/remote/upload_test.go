package remote

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote/httperr"
)

var putBlobs = registrytest.On("PUT", registrytest.Uploads)

func TestUploadIsRetried(t *testing.T) {
	content := noise(300_000, 1)
	for name, do := range map[string]registrytest.Behavior{
		"cut before":        registrytest.CutBefore(),
		"cut in the middle": registrytest.CutRequest(100_000),
		"unavailable":       registrytest.Status(503),
		"too many requests": registrytest.TooManyRequests(1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			c, _ := newClient()
			repo := repository(t, s.Host+"/team/app")
			s.Faults().Add(registrytest.Fault{Match: putBlobs, Do: do, Times: 3})
			var opened atomic.Int32
			err := c.PutBlob(context.Background(), repo, blobOf(t, content), func(context.Context) (io.ReadCloser, error) {
				opened.Add(1)
				return Bytes(content)(context.Background())
			})
			require.NoError(t, err)
			require.EqualValues(t, 4, opened.Load())
			require.Equal(t, 4, s.Count("POST", registrytest.Uploads), "each attempt is a separate upload")
		})
	}
}

func TestArrivedBlobIsNotSentAgain(t *testing.T) {
	s := registrytest.Start(t)
	content := noise(300_000, 1)
	c, _ := newClient()
	s.Faults().Add(registrytest.Fault{Match: putBlobs, Do: registrytest.CutAfter(), Times: 1})
	require.NoError(t, c.PutBlob(context.Background(), repository(t, s.Host+"/team/app"), blobOf(t, content), Bytes(content)))
	require.Equal(t, 1, s.Count("PUT", registrytest.Uploads))
	in, _ := s.Bytes()
	require.EqualValues(t, len(content), in)
}

func TestFailingUploads(t *testing.T) {
	s := registrytest.Start(t)
	content := noise(1000, 1)
	d := blobOf(t, content)
	repo := repository(t, s.Host+"/team/app")
	ctx := context.Background()
	c, k := newClient()

	why := errors.New("the disk is missing")
	require.ErrorIs(t, c.PutBlob(ctx, repo, d, func(context.Context) (io.ReadCloser, error) { return nil, why }), why)
	broken := io.MultiReader(strings.NewReader("some"), errReader{why})
	require.ErrorIs(t, c.PutBlob(ctx, repo, d, func(context.Context) (io.ReadCloser, error) { return io.NopCloser(broken), nil }), why)
	require.Empty(t, k.waits, "the failure is not the registry's")

	err := c.PutBlob(ctx, repo, d, Bytes(noise(1000, 2)))
	require.True(t, httperr.HasStatus(err, 400), "%v", err)
	require.Error(t, c.PutBlob(ctx, repo, d, Bytes(noise(900, 1))), "too short")
	_, err = c.HeadBlob(ctx, repo, d.Digest)
	require.True(t, IsNotFound(err), "nothing arrived")

	s.Faults().Add(registrytest.Fault{Match: registrytest.On("POST", ""), Do: registrytest.Status(403)})
	err = c.PutBlob(ctx, repo, d, Bytes(content))
	require.True(t, IsUnauthorized(err), "%v", err)
	require.ErrorContains(t, err, repo.Name())
	require.ErrorContains(t, err, d.Digest.String())
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestUploadNeedsOneJob(t *testing.T) {
	src, dst := registrytest.Start(t), registrytest.Start(t)
	content := noise(100_000, 1)
	repo, d := filled(t, src, "team/app", content)
	c, _ := newClient(WithJobs(1))
	to := repository(t, dst.Host+"/team/app")
	require.NoError(t, c.PutBlob(context.Background(), to, d, func(ctx context.Context) (io.ReadCloser, error) {
		return c.GetBlob(ctx, repo, d)
	}))
	// Also within one registry that allows one request at a time.
	c, _ = newClient(WithJobs(4))
	for range 2 {
		leave, release, err := c.hostOf(repo.Registry).limiter.Enter(context.Background(), nil, false)
		require.NoError(t, err)
		leave(http.StatusTooManyRequests, 0)
		release()
	}
	require.NoError(t, c.PutBlob(context.Background(), repository(t, src.Host+"/team/copy"), d, func(ctx context.Context) (io.ReadCloser, error) {
		return c.GetBlob(ctx, repo, d)
	}))
}

func TestWrongSourceIsNotStored(t *testing.T) {
	src, dst := registrytest.Start(t), registrytest.Start(t)
	repo, d := filled(t, src, "team/app", noise(100_000, 1))
	src.Faults().Add(registrytest.Fault{Match: getBlobs, Do: registrytest.Corrupt()})
	c, k := newClient()
	to := repository(t, dst.Host+"/team/app")
	err := c.PutBlob(context.Background(), to, d, func(ctx context.Context) (io.ReadCloser, error) { return c.GetBlob(ctx, repo, d) })
	var de *DigestError
	require.True(t, errors.As(err, &de), "%v", err)
	require.Empty(t, k.waits)
	_, err = c.HeadBlob(context.Background(), to, d.Digest)
	require.True(t, IsNotFound(err))
}

// TestSourceOpensWhileTheUploadStarts: each registry responds only after both have a request,
// with one job for both.
func TestSourceOpensWhileTheUploadStarts(t *testing.T) {
	t.Parallel()
	from, to := registrytest.Start(t), registrytest.Start(t)
	c, _ := newClient(WithJobs(1))
	content := noise(10_000, 1)
	source, target := repository(t, from.Host+"/team/src"), repository(t, to.Host+"/team/app")
	require.NoError(t, c.PutBlob(context.Background(), source, blobOf(t, content), Bytes(content)))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	asked := make(chan struct{})
	meet := func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			select {
			case asked <- struct{}{}:
			case <-asked:
			case <-ctx.Done():
			}
			honest.ServeHTTP(w, req)
		})
	}
	from.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", registrytest.Blobs), Do: meet})
	to.Faults().Add(registrytest.Fault{Match: registrytest.On("POST", registrytest.Uploads), Do: meet})
	require.NoError(t, c.PutBlob(ctx, target, blobOf(t, content), func(ctx context.Context) (io.ReadCloser, error) {
		return c.GetBlob(ctx, source, blobOf(t, content))
	}))
	require.Equal(t, 1, to.Count("PUT", registrytest.Uploads))
}

func TestUnstartedUploadClosesItsSource(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	c, _ := newClient()
	content := noise(1000, 1)
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("POST", registrytest.Uploads), Do: registrytest.ErrorCode(403, "DENIED")})
	closed := &closing{Reader: strings.NewReader(string(content))}
	err := c.PutBlob(context.Background(), repository(t, s.Host+"/team/app"), blobOf(t, content), func(context.Context) (io.ReadCloser, error) {
		return closed, nil
	})
	require.True(t, IsUnauthorized(err), "%v", err)
	require.True(t, closed.closed.Load())
	require.Equal(t, 1, s.Count("POST", registrytest.Uploads), "a forbidden request must not be retried")
}

// closing records that it was closed.
type closing struct {
	io.Reader
	closed atomic.Bool
}

func (c *closing) Close() error { c.closed.Store(true); return nil }
