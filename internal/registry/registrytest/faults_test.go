package registrytest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

func TestBudgets(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault registrytest.Fault
		want  string // x if the fault applied
	}{
		{"always", registrytest.Fault{}, "xxxxxxxx"},
		{"times", registrytest.Fault{Times: 3}, "xxx....."},
		{"after", registrytest.Fault{After: 2}, "..xxxxxx"},
		{"every", registrytest.Fault{Every: 3}, "..x..x.."},
		{"all three", registrytest.Fault{After: 1, Every: 2, Times: 2}, "..x.x..."},
		{"other method", registrytest.Fault{Match: registrytest.On("PUT", "")}, "........"},
		{"one of two methods", registrytest.Fault{Match: registrytest.On("PUT|GET", "")}, "xxxxxxxx"},
		{"other path", registrytest.Fault{Match: registrytest.On("", "/manifests/")}, "........"},
		{"narrowed", registrytest.Fault{Match: registrytest.On("", "").And(registrytest.On("PUT", ""))}, "........"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, blob := withBlob(t)
			test.fault.Do = registrytest.Status(http.StatusServiceUnavailable)
			active := s.Faults().Add(test.fault)
			var got strings.Builder
			for range len(test.want) {
				switch ask(t, s, "GET", blob, "").status {
				case http.StatusOK:
					got.WriteByte('.')
				case http.StatusServiceUnavailable:
					got.WriteByte('x')
				}
			}
			require.Equal(t, test.want, got.String())
			require.Equal(t, strings.Count(test.want, "x"), active.Hits())
		})
	}
}

func TestFaultsAreOrderedAndExpire(t *testing.T) {
	t.Parallel()
	s, blob := withBlob(t)
	first := s.Faults().Add(registrytest.Fault{Do: registrytest.Status(500), Times: 1})
	second := s.Faults().Add(registrytest.Fault{Do: registrytest.Status(502)})
	require.Equal(t, 500, ask(t, s, "GET", blob, "").status)
	require.Equal(t, 0, second.Hits(), "a request that the first does not pass on does not count for the second")
	require.Equal(t, 502, ask(t, s, "GET", blob, "").status)
	first.Remove()
	second.Remove()
	require.Equal(t, 200, ask(t, s, "GET", blob, "").status)
	s.Faults().Add(registrytest.Fault{Do: registrytest.Status(500)})
	s.Faults().Clear()
	require.Equal(t, 200, ask(t, s, "GET", blob, "").status)
}

func TestBehaviors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		do    registrytest.Behavior
		check func(t *testing.T, got answer)
	}{
		{"429", registrytest.TooManyRequests(7), func(t *testing.T, got answer) {
			require.Equal(t, 429, got.status)
			require.Equal(t, "7", got.header.Get("Retry-After"))
			require.Contains(t, got.body, `"code":"TOOMANYREQUESTS"`)
		}},
		{"web page", registrytest.HTML(200), func(t *testing.T, got answer) {
			require.Equal(t, 200, got.status)
			require.Contains(t, got.header.Get("Content-Type"), "text/html")
		}},
		{"login", registrytest.RedirectToLogin(), func(t *testing.T, got answer) {
			require.Equal(t, 302, got.status)
			require.Equal(t, "/login", got.header.Get("Location"))
		}},
		{"later", registrytest.RetryAfter(503, "Wed, 21 Oct 2065 07:28:00 GMT"), func(t *testing.T, got answer) {
			require.Equal(t, 503, got.status)
			require.Equal(t, "Wed, 21 Oct 2065 07:28:00 GMT", got.header.Get("Retry-After"))
		}},
		{"elsewhere", registrytest.RedirectTo("http://other.example"), func(t *testing.T, got answer) {
			require.Equal(t, 307, got.status)
			require.Equal(t, "http://other.example/v2/app/blobs/"+digest(content), got.header.Get("Location"))
		}},
		{"cut before", registrytest.CutBefore(), func(t *testing.T, got answer) { require.Error(t, got.err) }},
		{"cut after", registrytest.CutAfter(), func(t *testing.T, got answer) { require.Error(t, got.err) }},
		{"cut in the response", registrytest.CutAnswer(5), func(t *testing.T, got answer) {
			require.Equal(t, 200, got.status)
			require.Equal(t, content[:5], got.body)
			require.ErrorIs(t, got.err, io.ErrUnexpectedEOF)
		}},
		{"false digest", registrytest.FalseDigest(), func(t *testing.T, got answer) {
			require.NotEqual(t, digest(content), got.header.Get("Docker-Content-Digest"))
			require.Equal(t, content, got.body)
		}},
		{"corrupt", registrytest.Corrupt(), func(t *testing.T, got answer) {
			require.NoError(t, got.err)
			require.Len(t, got.body, len(content))
			require.NotEqual(t, content, got.body)
		}},
		{"longer", registrytest.Resize(3), func(t *testing.T, got answer) {
			require.NoError(t, got.err)
			require.Equal(t, content+"\x00\x00\x00", got.body)
			require.Equal(t, fmt.Sprint(len(content)+3), got.header.Get("Content-Length"))
		}},
		{"shorter", registrytest.Resize(-3), func(t *testing.T, got answer) {
			require.NoError(t, got.err)
			require.Equal(t, content[:len(content)-3], got.body)
		}},
		{"false length", registrytest.FalseLength(3), func(t *testing.T, got answer) {
			require.ErrorIs(t, got.err, io.ErrUnexpectedEOF)
			require.Equal(t, content, got.body)
		}},
		{"oversize", registrytest.Oversize(200_000), func(t *testing.T, got answer) {
			require.NoError(t, got.err)
			require.Len(t, got.body, 200_000)
			require.Empty(t, got.header.Get("Content-Length"))
		}},
		{"latency", registrytest.Latency(1), func(t *testing.T, got answer) { require.Equal(t, content, got.body) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, blob := withBlob(t)
			s.Faults().Add(registrytest.Fault{Do: test.do})
			test.check(t, ask(t, s, "GET", blob, ""))
		})
	}
}

// The effect of a cut on the registry: nothing, all, or a part.
func TestCutsOfWrites(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		do     registrytest.Behavior
		status int // of the blob afterwards
		in     int64
	}{
		{"before", registrytest.CutBefore(), 404, 0},
		{"after", registrytest.CutAfter(), 200, int64(len(content))},
		{"in the middle", registrytest.CutRequest(4), 404, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			s.Faults().Add(registrytest.Fault{Do: test.do, Times: 1})
			require.Error(t, ask(t, s, "POST", "/v2/app/blobs/uploads/?digest="+digest(content), content).err)
			require.Equal(t, test.status, ask(t, s, "HEAD", "/v2/app/blobs/"+digest(content), "").status)
			first := s.Requests()[0]
			require.True(t, first.Aborted)
			require.Zero(t, first.Status)
			require.Equal(t, test.in, first.In)
		})
	}
}

// A chunk that was cut off leaves the arrived bytes, and the client can continue from there.
func TestCutChunkIsResumed(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	at := ask(t, s, "POST", "/v2/app/blobs/uploads/", "").header.Get("Location")
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("PATCH", ""), Do: registrytest.CutRequest(4), Times: 1})
	require.Error(t, ask(t, s, "PATCH", at, content).err)
	require.Equal(t, "0-3", ask(t, s, "GET", at, "").header.Get("Range"))
	got := ask(t, s, "PATCH", at, content[4:], "Content-Range", fmt.Sprintf("4-%d", len(content)-1))
	require.Equal(t, 202, got.status, got.body)
	require.Equal(t, 201, ask(t, s, "PUT", at+"?digest="+digest(content), "").status)
}

func TestChangedRequests(t *testing.T) {
	t.Parallel()
	s, blob := withBlob(t)
	require.Equal(t, 206, ask(t, s, "GET", blob, "", "Range", "bytes=2-3").status)
	s.Faults().Add(registrytest.Fault{Do: registrytest.IgnoreRange()})
	got := ask(t, s, "GET", blob, "", "Range", "bytes=2-3")
	require.Equal(t, 200, got.status)
	require.Equal(t, content, got.body)

	mount := "/v2/other/blobs/uploads/?from=app&mount=" + digest(content)
	s.Faults().Add(registrytest.Fault{Do: registrytest.RefuseMount(), Times: 1})
	got = ask(t, s, "POST", mount, "")
	require.Equal(t, 202, got.status)
	require.Contains(t, got.header.Get("Location"), "/v2/other/blobs/uploads/")
	require.Equal(t, 201, ask(t, s, "POST", mount, "").status)
}

func TestUploadQuirks(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	refused := s.Faults().Add(registrytest.Fault{Match: registrytest.On("POST", ""), Do: registrytest.RefusePost()})
	got := ask(t, s, "POST", "/v2/app/blobs/uploads/?digest="+digest(content), content)
	require.Equal(t, 202, got.status)
	require.Equal(t, 201, ask(t, s, "PUT", got.header.Get("Location")+"?digest="+digest(content), content).status)
	refused.Remove()

	s.Faults().Add(registrytest.StatefulUploads()...)
	at := ask(t, s, "POST", "/v2/app/blobs/uploads/", "").header.Get("Location")
	require.True(t, strings.HasPrefix(at, s.URL+"/v2/app/blobs/uploads/"), at)
	path := strings.TrimPrefix(at, s.URL)
	bare, _, _ := strings.Cut(path, "?")
	require.Equal(t, 400, ask(t, s, "PATCH", bare, content).status)
	next := ask(t, s, "PATCH", path, content).header.Get("Location")
	require.NotEqual(t, at, next)
	require.Equal(t, 201, ask(t, s, "PUT", strings.TrimPrefix(next, s.URL)+"&digest="+digest(content), "").status)
}

// Faults can be changed while requests are served.
func TestFaultsUnderConcurrency(t *testing.T) {
	t.Parallel()
	s, blob := withBlob(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				active := s.Faults().Add(registrytest.Fault{Do: registrytest.Status(503), Times: 1})
				got := ask(t, s, "GET", blob, "")
				active.Remove()
				if got.status != 200 && got.status != 503 {
					t.Errorf("unexpected answer: %+v", got)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, 160, s.Count("GET", blob))
	require.LessOrEqual(t, s.MaxConcurrent(), 8)
}

func TestRequestLog(t *testing.T) {
	t.Parallel()
	s, blob := withBlob(t)
	ask(t, s, "GET", blob+"?a=b", "", "Range", "bytes=0-3", "Authorization", "Basic c2VjcmV0")
	ask(t, s, "PUT", "/v2/app/manifests/x", "{}", "Content-Type", "text/plain")
	requests := s.Requests()
	require.Len(t, requests, 2)
	require.Equal(t, 206, requests[0].Status)
	require.Equal(t, int64(4), requests[0].Out)
	require.Equal(t, "b", requests[0].Query.Get("a"))
	require.Equal(t, "bytes=0-3", requests[0].Header.Get("Range"))
	require.Equal(t, "Basic", requests[0].Header.Get("Authorization"), "the log must have no secrets")
	require.Equal(t, 400, requests[1].Status)
	in, _ := s.Bytes()
	require.Equal(t, int64(2), in)
	require.Equal(t, 1, s.Count("", `/manifests/`))
	require.Equal(t, 1, s.MaxConcurrent())
	s.Reset()
	require.Empty(t, s.Requests())
	require.Zero(t, s.MaxConcurrent())

	// Two requests that wait for each other are concurrent.
	meet := make(chan struct{})
	s.Faults().Add(registrytest.Fault{Do: func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			select {
			case meet <- struct{}{}:
			case <-meet:
			case <-req.Context().Done():
				panic(errors.New("the other request never came"))
			}
			honest.ServeHTTP(w, req)
		})
	}})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { ask(t, s, "GET", blob, "") })
	}
	wg.Wait()
	require.Equal(t, 2, s.MaxConcurrent())
}
