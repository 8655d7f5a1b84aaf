package registrytest

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Request is the record of a request.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	// Header has the request headers that matter for a registry client: Accept, Authorization (only its scheme),
	// Content-Type, Content-Range, Range, If-Match, If-None-Match, User-Agent.
	Header http.Header
	// Status is the response status; 0 if there is none yet, or if the connection was cut before.
	Status int
	// In and Out are the bytes of the request and response bodies read and written so far.
	In, Out int64
	// Aborted is true if the response was cut off.
	Aborted bool
}

var rememberedHeaders = []string{
	"Accept", "Content-Type", "Content-Range", "Range", "If-Match", "If-None-Match", "User-Agent",
}

// recorder records requests. It is always ahead of the client: every response byte that a client has seen is recorded,
// so a test can check as soon as it has the response. The zero value is ready to use.
type recorder struct {
	mu       sync.Mutex
	requests []*Request
	active   int
	peak     int
}

func (c *recorder) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		header := make(http.Header)
		for _, name := range rememberedHeaders {
			if values := req.Header.Values(name); len(values) > 0 {
				header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
			}
		}
		if scheme, _, ok := strings.Cut(req.Header.Get("Authorization"), " "); ok {
			header.Set("Authorization", scheme)
		}
		entry := &entry{to: c, Request: &Request{
			Method: req.Method, Path: req.URL.Path, Query: req.URL.Query(), Header: header,
		}}
		entry.update(func(r *Request) {
			c.requests = append(c.requests, r)
			c.active++
			c.peak = max(c.peak, c.active)
		})
		returned := false
		defer func() {
			entry.update(func(r *Request) {
				c.active--
				r.Aborted = !returned
				if returned && r.Status == 0 {
					r.Status = http.StatusOK
				}
			})
		}()
		req.Body = &countedBody{ReadCloser: req.Body, entry: entry}
		next.ServeHTTP(&countedAnswer{ResponseWriter: w, entry: entry}, req)
		returned = true
	})
}

// entry is a request that may still be in progress.
type entry struct {
	*Request
	to *recorder
}

func (e *entry) update(edit func(*Request)) {
	e.to.mu.Lock()
	defer e.to.mu.Unlock()
	edit(e.Request)
}

type countedBody struct {
	io.ReadCloser
	entry *entry
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.entry.update(func(r *Request) { r.In += int64(n) })
	return n, err
}

type countedAnswer struct {
	http.ResponseWriter
	entry *entry
}

func (a *countedAnswer) WriteHeader(status int) {
	a.entry.update(func(r *Request) {
		if r.Status == 0 {
			r.Status = status
		}
	})
	a.ResponseWriter.WriteHeader(status)
}

func (a *countedAnswer) Write(p []byte) (int, error) {
	a.will(int64(len(p)))
	n, err := a.ResponseWriter.Write(p)
	a.did(int64(len(p)), int64(n))
	return n, err
}

// ReadFrom lets the kernel send a file without a copy.
func (a *countedAnswer) ReadFrom(from io.Reader) (int64, error) {
	expected := int64(0)
	if limited, ok := from.(*io.LimitedReader); ok {
		expected = limited.N
	}
	a.will(expected)
	n, err := io.Copy(a.ResponseWriter, from)
	a.did(expected, n)
	return n, err
}

// will counts bytes before they are sent, did corrects the count afterwards.
func (a *countedAnswer) will(n int64) {
	a.entry.update(func(r *Request) {
		if r.Status == 0 {
			r.Status = http.StatusOK
		}
		r.Out += n
	})
}

func (a *countedAnswer) did(expected, n int64) {
	a.entry.update(func(r *Request) { r.Out += n - expected })
}

// Unwrap serves http.ResponseController.
func (a *countedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Requests returns the requests since the start or the last Reset, in order of arrival.
func (s *Server) Requests() []Request {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	requests := make([]Request, 0, len(s.recorder.requests))
	for _, req := range s.recorder.requests {
		requests = append(requests, *req)
	}
	return requests
}

// Count returns the number of requests with the method (any if empty) and a path that matches the regular expression.
func (s *Server) Count(method, pathRegexp string) int {
	path := regexp.MustCompile(pathRegexp)
	n := 0
	for _, req := range s.Requests() {
		if (method == "" || method == req.Method) && path.MatchString(req.Path) {
			n++
		}
	}
	return n
}

// Bytes returns the number of body bytes that the server has read and written.
func (s *Server) Bytes() (in, out int64) {
	for _, req := range s.Requests() {
		in += req.In
		out += req.Out
	}
	return in, out
}

// WaitIdle waits until no request is in progress: requests of a canceled client may still be.
func (s *Server) WaitIdle(t testing.TB) {
	t.Helper()
	require.Eventually(t, func() bool {
		s.recorder.mu.Lock()
		defer s.recorder.mu.Unlock()
		return s.recorder.active == 0
	}, time.Minute, time.Millisecond)
}

// MaxConcurrent returns the maximum number of concurrent requests.
func (s *Server) MaxConcurrent() int {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	return s.recorder.peak
}

// Reset clears the requests and the maximum.
func (s *Server) Reset() {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	s.recorder.requests, s.recorder.peak = nil, s.recorder.active
}
