package remote

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/realtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

var patches = registrytest.On("PATCH", registrytest.Uploads)

// requireBlob requires that a repository has a blob, complete.
func requireBlob(t *testing.T, s *registrytest.Server, content []byte) {
	t.Helper()
	c, _ := newClient()
	s.Faults().Clear()
	b, err := c.ReadBlob(context.Background(), repository(t, s.Host+"/team/app"), blobOf(t, content), 1<<30)
	require.NoError(t, err)
	require.Equal(t, len(content), len(b))
}

// chunksOf are the Content-Ranges of the accepted chunks.
func chunksOf(s *registrytest.Server) []string {
	var all []string
	for _, req := range s.Requests() {
		if req.Method == http.MethodPatch && req.Status == http.StatusAccepted {
			all = append(all, req.Header.Get("Content-Range"))
		}
	}
	return all
}

// TestBodyLimits uploads a blob to registries with front ends that reject large requests.
func TestBodyLimits(t *testing.T) {
	t.Parallel()
	content := noise(3_000_000, 1)
	for name, how := range map[string]registrytest.BodyLimit{
		"413 at once": registrytest.RefuseAtOnce, "413 after a while": registrytest.RefuseAfter, "413 after all": registrytest.RefuseDrained,
		"cut at once": registrytest.CutAtOnce, "cut silently": registrytest.CutSilently,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			s.Faults().Add(registrytest.LimitBodies(1_100_000, how)...)
			c, _ := newClient()
			repo := repository(t, s.Host+"/team/app")
			require.NoError(t, c.PutBlob(context.Background(), repo, blobOf(t, content), Bytes(content)))
			require.Equal(t, []string{"0-1048575", "1048576-2097151", "2097152-2999999"}, chunksOf(s), "2 MiB are rejected too")

			// The limit is remembered: larger blobs are sent in chunks immediately, smaller ones
			// in one request.
			s.Reset()
			second := noise(2_000_000, 2)
			require.NoError(t, c.PutBlob(context.Background(), repo, blobOf(t, second), Bytes(second)))
			require.Len(t, s.Requests(), 4, "POST, two PATCH, PUT")
			s.Reset()
			small := noise(1_000_000, 3)
			require.NoError(t, c.PutBlob(context.Background(), repo, blobOf(t, small), Bytes(small)))
			require.Len(t, s.Requests(), 2, "POST, PUT")
			requireBlob(t, s, content)
			requireBlob(t, s, second)
		})
	}
}

// TestBodyLimitsOfCopies copies from another registry: after a rejection, the source is read
// again.
func TestBodyLimitsOfCopies(t *testing.T) {
	t.Parallel()
	source, s := registrytest.Start(t), registrytest.Start(t)
	content := noise(3_000_000, 1)
	from, d := filled(t, source, "team/app", content)
	s.Faults().Add(registrytest.LimitBodies(1_100_000, registrytest.RefuseDrained)...)
	c, k := newClient(WithJobs(1))
	became, err := c.CopyBlob(context.Background(), repository(t, s.Host+"/team/app"), from, d, nil)
	require.NoError(t, err)
	require.Equal(t, BlobSent, became)
	require.Empty(t, k.waits, "a rejection is not a failure")
	requireBlob(t, s, content)
}

// TestNoChunkIsSmallEnough fails with the registry's reason.
func TestNoChunkIsSmallEnough(t *testing.T) {
	t.Parallel()
	content := noise(300_000, 1)
	s := registrytest.Start(t)
	s.Faults().Add(registrytest.LimitBodies(10, registrytest.RefuseAtOnce)...)
	c, _ := newClient()
	err := c.PutBlob(context.Background(), repository(t, s.Host+"/team/app"), blobOf(t, content), Bytes(content))
	require.ErrorContains(t, err, "413")
	require.Less(t, len(s.Requests()), 12)

	s = registrytest.Start(t)
	s.Faults().Add(registrytest.LimitBodies(100_000, registrytest.RefuseAtOnce)...)
	s.Faults().Add(registrytest.ChunkMinLength(200_000)...)
	err = c.PutBlob(context.Background(), repository(t, s.Host+"/team/app"), blobOf(t, content), Bytes(content))
	require.ErrorContains(t, err, "413")
	require.Empty(t, chunksOf(s))
}

// TestChunkMinLength: chunks have at least the minimum size of the registry.
func TestChunkMinLength(t *testing.T) {
	t.Parallel()
	content := noise(3_000_000, 1)
	s := registrytest.Start(t)
	s.Faults().Add(registrytest.LimitBodies(1_300_000, registrytest.RefuseAtOnce)...)
	s.Faults().Add(registrytest.ChunkMinLength(1_200_000)...)
	c, _ := newClient()
	require.NoError(t, c.PutBlob(context.Background(), repository(t, s.Host+"/team/app"), blobOf(t, content), Bytes(content)))
	require.Equal(t, []string{"0-1199999", "1200000-2399999", "2400000-2999999"}, chunksOf(s))
	requireBlob(t, s, content)
}

// TestChunksAreResumed: accepted content is not sent again.
func TestChunksAreResumed(t *testing.T) {
	t.Parallel()
	content := noise(3_000_000, 1)
	state := registrytest.StatefulUploads()
	for name, faults := range map[string][]registrytest.Fault{
		"cut before":           {{Match: patches, Do: registrytest.CutBefore(), After: 2, Times: 2}},
		"cut after":            {{Match: patches, Do: registrytest.CutAfter(), After: 2, Times: 2}},
		"cut in the middle":    {{Match: patches, Do: registrytest.CutRequest(500_000), After: 2, Times: 1}},
		"unavailable":          {{Match: patches, Do: registrytest.Status(503), After: 2, Times: 3}},
		"too many requests":    {{Match: patches, Do: registrytest.TooManyRequests(1), After: 2, Times: 1}},
		"half a chunk":         registrytest.TakeHalves(800_000),
		"another location":     state,
		"200 for all":          {{Match: registrytest.On("POST|PATCH|PUT", "."), Do: statusOf(200)}},
		"no Range":             {{Match: patches, Do: registrytest.DropHeader("Range")}},
		"no Location":          {{Match: patches, Do: registrytest.DropHeader("Location")}},
		"the upload forgotten": {{Match: patches, Do: registrytest.ErrorCode(404, "BLOB_UPLOAD_UNKNOWN"), After: 3, Times: 1}},
		"the end lost":         {{Match: putBlobs, Do: registrytest.CutAfter(), After: 1, Times: 1}},
		"redirected":           {{Match: patches, Do: redirectToItself(), Times: 5}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			s.Faults().Add(registrytest.LimitBodies(1_100_000, registrytest.RefuseAtOnce)...)
			s.Faults().Add(faults...)
			c, _ := newClient()
			require.NoError(t, c.PutBlob(context.Background(), repository(t, s.Host+"/team/app"), blobOf(t, content), Bytes(content)))
			in, _ := s.Bytes()
			require.Less(t, in, int64(7_600_000))
			requireBlob(t, s, content)
		})
	}
}

func statusOf(status int) registrytest.Behavior {
	return registrytest.Rewrite(func(_ *http.Request, a *registrytest.Response) {
		if a.Status < 300 {
			a.Status = status
		}
	})
}

func redirectToItself() registrytest.Behavior {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, req.URL.RequestURI(), http.StatusTemporaryRedirect)
		})
	}
}

// TestChunksWithTokens: each chunk may need a new token.
func TestChunksWithTokens(t *testing.T) {
	t.Parallel()
	content := noise(3_000_000, 1)
	s, _ := tokenRegistry(t, registry.Access{})
	s.Faults().Add(registrytest.TokensOfUses(1))
	s.Faults().Add(registrytest.LimitBodies(1_100_000, registrytest.RefuseDrained)...)
	c, k := newClient(WithKeychain(logins{"": alice}))
	require.NoError(t, c.PutBlob(context.Background(), repository(t, s.Host+"/team/app"), blobOf(t, content), Bytes(content)))
	// A rejection may arrive during the upload of the body, and cut the connection.
	require.LessOrEqual(t, len(k.waits), 1, "tokens need no waits")
}

// TestFailingChunks: wrong content, or a registry that rejects chunks.
func TestFailingChunks(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	content := noise(3_000_000, 1)
	d := blobOf(t, content)
	source := registrytest.Start(t)
	from, _ := filled(t, source, "team/app", content)
	start := func() (*registrytest.Server, *Client, *fakeClock) {
		s := registrytest.Start(t)
		s.Faults().Add(registrytest.LimitBodies(1_100_000, registrytest.RefuseDrained)...)
		c, k := newClient()
		return s, c, k
	}
	s, c, k := start()
	source.Faults().Add(registrytest.Fault{Match: getBlobs, Do: registrytest.Corrupt()})
	_, err := c.CopyBlob(ctx, repository(t, s.Host+"/team/app"), from, d, nil)
	var de *DigestError
	require.ErrorAs(t, err, &de)
	require.Empty(t, k.waits)
	require.LessOrEqual(t, s.Count("PUT", registrytest.Uploads), 1, "the upload must not be completed")

	s, c, _ = start()
	err = c.PutBlob(ctx, repository(t, s.Host+"/team/app"), d, Bytes(content[:2_500_000]))
	require.ErrorContains(t, err, "shorter than the 3000000 bytes")

	s, c, _ = start()
	s.Faults().Add(registrytest.Fault{Match: patches, Do: registrytest.ErrorCode(405, "UNSUPPORTED")})
	err = c.PutBlob(ctx, repository(t, s.Host+"/team/app"), d, Bytes(content))
	require.ErrorContains(t, err, "UNSUPPORTED")
	require.ErrorContains(t, err, "413", "the reason for the chunks")

	s, c, _ = start()
	s.Faults().Add(registrytest.Fault{Match: patches, Do: registrytest.CutBefore()})
	err = c.PutBlob(ctx, repository(t, s.Host+"/team/app"), d, Bytes(content))
	require.Error(t, err)
	require.Less(t, len(s.Requests()), 40, "bounded")

	s, c, _ = start()
	s.Faults().Add(registrytest.Fault{Match: patches, Do: registrytest.SetHeader("Range", "0-9999999")})
	err = c.PutBlob(ctx, repository(t, s.Host+"/team/app"), d, Bytes(content))
	require.ErrorContains(t, err, "but the registry reports")
}

// TestChunksOnRealRegistries puts a proxy that limits requests, like nginx by default, in front
// of real registries.
func TestChunksOnRealRegistries(t *testing.T) {
	for name, start := range map[string]func(testing.TB) string{
		"distribution":    func(t testing.TB) string { return realtest.Distribution(t) },
		"docker-registry": func(t testing.TB) string { return realtest.DockerRegistry(t) },
	} {
		for how, limit := range map[string]registrytest.BodyLimit{"413": registrytest.RefuseAtOnce, "cut": registrytest.CutSilently} {
			t.Run(fmt.Sprint(name, " ", how), func(t *testing.T) {
				t.Parallel()
				behind := start(t)
				proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
					r.SetURL(&url.URL{Scheme: "http", Host: behind})
					r.Out.Host = r.In.Host
				}}
				limited := registrytest.LimitBodies(1_100_000, limit)[0]
				srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					if limited.Match(req) {
						limited.Do(proxy).ServeHTTP(w, req)
						return
					}
					proxy.ServeHTTP(w, req)
				}))
				t.Cleanup(srv.Close)
				retries := DefaultRetry()
				retries.Base = 10 * time.Millisecond
				c := New(WithKeychain(anonymous{}), WithRetries(retries))
				repo := repository(t, srv.Listener.Addr().String()+"/team/app")
				content := noise(5_000_000, 1)
				require.NoError(t, c.PutBlob(context.Background(), repo, blobOf(t, content), Bytes(content)))
				r, err := c.GetBlob(context.Background(), repo, blobOf(t, content))
				require.NoError(t, err)
				n, err := io.Copy(io.Discard, r)
				require.NoError(t, err)
				require.EqualValues(t, len(content), n)
			})
		}
	}
}
