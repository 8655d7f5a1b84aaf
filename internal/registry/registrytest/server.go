package registrytest

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
)

// Server is a registry on the loopback interface.
type Server struct {
	// Host is its address as it stands in a reference: "127.0.0.1:PORT".
	Host string
	// URL is its address with the scheme and no path: "http://127.0.0.1:PORT".
	URL string

	http     *httptest.Server
	registry *registry.Registry
	recorder recorder
	faults   Faults
}

// Start runs a registry until the test ends. The options are the registry's.
func Start(t testing.TB, opts ...registry.Option) *Server {
	t.Helper()
	reg, err := registry.New(opts...)
	require.NoError(t, err)
	s := &Server{registry: reg}
	s.http = httptest.NewServer(s.recorder.wrap(s.faults.wrap(reg)))
	s.URL = s.http.URL
	s.Host = strings.TrimPrefix(s.URL, "http://")
	t.Cleanup(s.Close)
	return s
}

// Close stops the server at once, also in the middle of an answer; the test's end does it too.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
	_ = s.registry.Close()
}

// Faults is the switchboard of what the server does wrong: nothing, until something is added.
func (s *Server) Faults() *Faults { return &s.faults }

// Handler is the registry itself, without faults and unrecorded.
func (s *Server) Handler() http.Handler { return s.registry }

// Uploads returns the ids of the uploads that a repository has in progress, those that were given up included.
func (s *Server) Uploads(repository string) []string { return s.registry.Uploads(repository) }

// do asks the registry itself for something that has to succeed.
func (s *Server) do(t testing.TB, method, address, contentType string, body []byte) {
	t.Helper()
	req := httptest.NewRequest(method, address, bytes.NewReader(body))
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	answer := httptest.NewRecorder()
	s.registry.ServeHTTP(answer, req)
	require.Equal(t, http.StatusCreated, answer.Code, "%s %s: %s", method, address, answer.Body)
}
