package registrytest

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Request is what the server remembers of one.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	// Header holds those of the request's headers that say something about a registry's client: Accept, Authorization
	// (only its scheme), Content-Type, Content-Range, Range, If-Match, If-None-Match, User-Agent.
	Header http.Header
	// Status is the answer's; 0 when the connection was cut before it.
	Status int
	// In and Out are the bytes of the two bodies that the server read and wrote.
	In, Out int64
	// Aborted is set when the answer was cut off.
	Aborted bool
}

var rememberedHeaders = []string{
	"Accept", "Content-Type", "Content-Range", "Range", "If-Match", "If-None-Match", "User-Agent",
}

// recorder remembers requests. The zero value is ready.
type recorder struct {
	mu       sync.Mutex
	requests []Request
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
		record := Request{Method: req.Method, Path: req.URL.Path, Query: req.URL.Query(), Header: header}
		body := &countedBody{ReadCloser: req.Body}
		req.Body = body
		answer := &countedAnswer{ResponseWriter: w}
		c.begin()
		returned := false
		defer func() {
			record.Status, record.In, record.Out, record.Aborted = answer.status, body.read, answer.written, !returned
			c.end(record)
		}()
		next.ServeHTTP(answer, req)
		if answer.status == 0 {
			answer.status = http.StatusOK
		}
		returned = true
	})
}

func (c *recorder) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.active++
	c.peak = max(c.peak, c.active)
}

func (c *recorder) end(record Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.active--
	c.requests = append(c.requests, record)
}

type countedBody struct {
	io.ReadCloser
	read int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	return n, err
}

type countedAnswer struct {
	http.ResponseWriter
	status  int
	written int64
}

func (a *countedAnswer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *countedAnswer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(p)
	a.written += int64(n)
	return n, err
}

func (a *countedAnswer) ReadFrom(r io.Reader) (int64, error) {
	n, err := io.Copy(a.ResponseWriter, r)
	a.written += n
	return n, err
}

// Unwrap serves http.ResponseController.
func (a *countedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Requests returns the requests that have ended since the start or the last Reset, in the order of their ends.
func (s *Server) Requests() []Request {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	return slices.Clone(s.recorder.requests)
}

// Count returns how many requests had the method (any when empty) and a path that the regular expression finds.
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

// Bytes returns how many bytes of bodies the server has read and written.
func (s *Server) Bytes() (in, out int64) {
	for _, req := range s.Requests() {
		in += req.In
		out += req.Out
	}
	return in, out
}

// MaxConcurrent returns the largest number of requests that were in progress at the same time.
func (s *Server) MaxConcurrent() int {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	return s.recorder.peak
}

// Reset forgets the requests and the peak.
func (s *Server) Reset() {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	s.recorder.requests, s.recorder.peak = nil, s.recorder.active
}
