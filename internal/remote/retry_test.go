package remote

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote/httperr"
)

func TestTemporaryFailuresAreRetried(t *testing.T) {
	behaviors := map[string]registrytest.Behavior{
		"408": registrytest.Status(408), "429": registrytest.Status(429), "500": registrytest.Status(500),
		"502": registrytest.Status(502), "503": registrytest.Status(503), "504": registrytest.Status(504),
		"cut before": registrytest.CutBefore(), "cut after": registrytest.CutAfter(), "cut in the response": registrytest.CutAnswer(0),
	}
	for name, b := range behaviors {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			content := noise(10_000, 1)
			repo, d := filled(t, s, "team/app", content)
			ctx := context.Background()
			c, k := newClient()
			// The ping and each of the calls below fail twice.
			for _, m := range []registrytest.Match{
				registrytest.On("GET", `^/v2/$`), registrytest.On("HEAD", ""), registrytest.On("GET", registrytest.Manifests),
				registrytest.On("GET", registrytest.Blobs), registrytest.On("POST", ""),
				registrytest.On("PUT", registrytest.Manifests), registrytest.On("PUT", registrytest.Uploads), registrytest.On("DELETE", registrytest.Manifests),
			} {
				s.Faults().Add(registrytest.Fault{Match: m, Do: b, Times: 2})
			}
			_, err := c.HeadManifest(ctx, repo.Tag("1"))
			require.NoError(t, err)
			m, err := c.GetManifest(ctx, repo.Tag("1"))
			require.NoError(t, err)
			_, err = c.ReadBlob(ctx, repo, d, 1<<20)
			require.NoError(t, err)
			other := repository(t, s.Host+"/team/other")
			require.NoError(t, c.PutBlob(ctx, other, d, Bytes(content)))
			_, err = c.PutManifest(ctx, other.Tag("1"), types.OCIImageIndex, emptyIndex)
			require.NoError(t, err)
			err = c.DeleteManifest(ctx, repo.Digest(m.Descriptor.Digest.String()))
			if name == "cut after" {
				require.True(t, IsNotFound(err), "the first attempt deleted it")
			} else {
				require.NoError(t, err)
			}
			require.NotEmpty(t, k.waits)
			for _, w := range k.waits {
				require.Positive(t, w)
			}
		})
	}
}

func TestPermanentFailuresAreNotRetried(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 405, 406, 409, 410, 416, 451, 501} {
		s := registrytest.Start(t)
		repo, _ := filled(t, s, "team/app", nil)
		s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", registrytest.Manifests), Do: registrytest.Status(status)})
		c, k := newClient()
		_, err := c.GetManifest(context.Background(), repo.Tag("1"))
		require.Error(t, err)
		require.True(t, httperr.HasStatus(err, status), "%v", err)
		require.Equal(t, 1, s.Count("GET", registrytest.Manifests), status)
		require.Empty(t, k.waits)
	}
}

func TestAttemptsEnd(t *testing.T) {
	s := registrytest.Start(t)
	repo, _ := filled(t, s, "team/app", nil)
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", registrytest.Manifests), Do: registrytest.Status(503)})
	c, k := newClient()
	_, err := c.GetManifest(context.Background(), repo.Tag("1"))
	require.True(t, httperr.HasStatus(err, 503), "%v", err)
	n := DefaultRetry().Attempts
	require.Equal(t, n, s.Count("GET", registrytest.Manifests))
	require.Len(t, k.waits, n-1)
	for i, w := range k.waits {
		full := min(DefaultRetry().Base<<i, DefaultRetry().Max)
		require.GreaterOrEqual(t, w, full/2)
		require.LessOrEqual(t, w, full)
	}
}

func TestRefusedConnectionIsNotRetried(t *testing.T) {
	s := registrytest.Start(t)
	s.Close()
	c, k := newClient()
	_, err := c.GetManifest(context.Background(), repository(t, s.Host+"/team/app").Tag("1"))
	require.ErrorContains(t, err, "connection refused")
	require.Empty(t, k.waits)
}

func TestBodyWithoutReopenIsSentOnce(t *testing.T) {
	s := registrytest.Start(t)
	repo, _ := filled(t, s, "team/app", nil)
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", ""), Do: registrytest.Status(503)})
	c, _ := newClient()
	req, err := http.NewRequest(http.MethodPut, "/v2/team/app/manifests/2", io.NopCloser(strings.NewReader("{}")))
	require.NoError(t, err)
	res, err := c.Do(context.Background(), repo, req)
	require.NoError(t, err)
	_ = res.Body.Close()
	require.Equal(t, 503, res.StatusCode)
	require.Equal(t, 1, s.Count("PUT", ""))
}

func TestRetryAfterDelaysAllRequests(t *testing.T) {
	s := registrytest.Start(t)
	repo, _ := filled(t, s, "team/app", nil)
	c, k := newClient()
	ctx := context.Background()
	_, err := c.HeadManifest(ctx, repo.Tag("1"))
	require.NoError(t, err)

	// The clock stands still until the test moves it, to show early requests.
	start := k.Now()
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("HEAD", ""), Do: registrytest.TooManyRequests(7), Times: 1})
	_, err = c.HeadManifest(ctx, repo.Tag("1"))
	require.NoError(t, err)
	require.Equal(t, 7*time.Second, k.Now().Sub(start).Truncate(time.Second))

	leave, release, err := c.hostOf(repo.Registry).limiter.Enter(ctx, nil, false)
	require.NoError(t, err)
	leave(429, 9*time.Second)
	release()
	start = k.Now()
	_, err = c.GetManifest(ctx, repo.Tag("1"))
	require.NoError(t, err)
	require.Equal(t, 9*time.Second, k.Now().Sub(start), "another request of the client must wait too")
}

func TestTooLongWait(t *testing.T) {
	s := registrytest.Start(t)
	repo, _ := filled(t, s, "team/app", nil)
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", registrytest.Manifests), Do: registrytest.TooManyRequests(86400)})
	c, k := newClient()
	_, err := c.GetManifest(context.Background(), repo.Tag("1"))
	require.True(t, httperr.HasStatus(err, 429), "%v", err)
	require.Zero(t, k.waited())
}

// stuckClock never ends a wait.
type stuckClock struct{ asleep chan struct{} }

func (stuckClock) Now() time.Time { return time.Time{} }

func (k stuckClock) Sleep(ctx context.Context, _ time.Duration) error {
	k.asleep <- struct{}{}
	<-ctx.Done()
	return context.Cause(ctx)
}

func TestCancelEndsAWait(t *testing.T) {
	s := registrytest.Start(t)
	repo, _ := filled(t, s, "team/app", nil)
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", registrytest.Manifests), Do: registrytest.Status(503)})
	k := stuckClock{asleep: make(chan struct{})}
	c, _ := newClient(withClock(k))
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("interrupted")
	go func() {
		<-k.asleep
		cancel(why)
	}()
	_, err := c.GetManifest(ctx, repo.Tag("1"))
	require.ErrorIs(t, err, why)
}

func TestNeverMoreRequestsThanJobs(t *testing.T) {
	for _, jobs := range []int{1, 3} {
		s := registrytest.Start(t)
		content := noise(50_000, 1)
		repo, d := filled(t, s, "team/app", content)
		s.Faults().Add(registrytest.Fault{Do: registrytest.Latency(2 * time.Millisecond)})
		c, _ := newClient(WithJobs(jobs))
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				b, err := c.ReadBlob(context.Background(), repo, d, 1<<20)
				if err != nil || len(b) != len(content) {
					t.Errorf("%d bytes, %v", len(b), err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, jobs, s.MaxConcurrent())
	}
}
