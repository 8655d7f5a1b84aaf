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
	// Host is its address as used in references: "127.0.0.1:PORT".
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

// Close stops the server immediately, even in the middle of a response; the end of the test also stops it.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
	_ = s.registry.Close()
}

// Faults returns the list of the server's faults, which is empty until faults are added.
func (s *Server) Faults() *Faults { return &s.faults }

// Handler returns the registry itself, without faults and unrecorded.
func (s *Server) Handler() http.Handler { return s.registry }

// Uploads returns the ids of the uploads in progress in a repository, including abandoned ones.
func (s *Server) Uploads(repository string) []string { return s.registry.Uploads(repository) }

// do sends a request that must succeed directly to the registry.
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
