package remote

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

func TestPlainHTTPOnlyWhereAllowed(t *testing.T) {
	t.Parallel()
	// A transport that responds to everything shows which requests are sent.
	var sent []string
	record := roundTripper(func(req *http.Request) (*http.Response, error) {
		sent = append(sent, req.URL.Scheme+"://"+req.URL.Host)
		if req.URL.Scheme == "https" {
			return nil, http.ErrSchemeMismatch
		}
		return httptest.NewRecorder().Result(), nil
	})
	c, _ := newClient(WithTransport(record), WithRetries(Retry{Attempts: 1}))
	_, err := c.GetManifest(context.Background(), repository(t, "10.1.2.3:5000/team/app").Tag("1"))
	require.ErrorIs(t, err, ErrPlainHTTP)
	require.Equal(t, []string{"https://10.1.2.3:5000"}, sent)
	_, err = c.GetManifest(context.Background(), repository(t, "registry.example/team/app").Tag("1"))
	require.ErrorIs(t, err, ErrPlainHTTP)

	sent = nil
	c, _ = newClient(WithTransport(record), WithRetries(Retry{Attempts: 1}), WithPlainHTTP(true))
	require.NoError(t, c.Authorize(context.Background(), []name.Repository{repository(t, "registry.example/team/app")}, nil))
	require.Contains(t, sent, "http://registry.example")
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestConcurrentPingsAreShared(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	s.Faults().Add(registrytest.Fault{Do: registrytest.Latency(20 * time.Millisecond)})
	c, _ := newClient()
	repo := repository(t, s.Host+"/team/app")
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { _, _ = c.HeadManifest(context.Background(), repo.Tag("1")) })
	}
	wg.Wait()
	require.Equal(t, 1, s.Count("GET", "^/v2/$"))
}

func TestEarlyPingIsReused(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	c, _ := newClient()
	repo := repository(t, s.Host+"/team/app")
	require.NoError(t, c.Ping(context.Background(), repo.Registry))
	_, err := c.HeadManifest(context.Background(), repo.Tag("1"))
	require.True(t, IsNotFound(err), "%v", err)
	require.Equal(t, 1, s.Count("GET", "^/v2/$"))
	s.Close()
	c, _ = newClient()
	require.ErrorContains(t, c.Ping(context.Background(), repo.Registry), s.Host)
}
