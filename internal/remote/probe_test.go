package remote

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// counted counts the connections to a server.
func counted(s *httptest.Server) *atomic.Int64 {
	var n atomic.Int64
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			n.Add(1)
		}
	}
	return &n
}

// TestNoHTTPForTLSServers: the TLS handshake fails in ways that prove that the server
// uses TLS.
func TestNoHTTPForTLSServers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config *tls.Config
		reason string
	}{
		"untrusted certificate":  {nil, "certificate signed by unknown authority"},
		"no version in common":   {&tls.Config{MaxVersion: tls.VersionTLS10, MinVersion: tls.VersionTLS10}, "protocol version not supported"},
		"no protocol in common":  {&tls.Config{NextProtos: []string{"imap"}}, "no application protocol"},
		"no cipher suite shared": {&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}}, "handshake failure"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
			connections := counted(server)
			server.TLS = c.config
			server.StartTLS()
			if c.config != nil {
				server.TLS.NextProtos = c.config.NextProtos
			}
			t.Cleanup(server.Close)
			client, clock := newClient()
			repo := repository(t, server.Listener.Addr().String()+"/team/app")
			_, err := client.GetManifest(context.Background(), repo.Tag("1"))
			require.ErrorContains(t, err, c.reason)
			require.ErrorContains(t, err, repo.RegistryStr())
			require.Zero(t, requests.Load())
			if c.config == nil {
				require.Empty(t, clock.waits, "the certificate would be the same again")
				require.EqualValues(t, 1, connections.Load())
			}
		})
	}
}

// TestSlowHTTPSIsUsed: a registry responds so late over HTTPS that the library would try HTTP.
func TestSlowHTTPSIsUsed(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	https := make(chan struct{})
	var plain atomic.Int64
	c, _ := newClient(WithTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
		if req.URL.Scheme == "https" {
			<-https
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, req)
			return w.Result(), nil
		}
		plain.Add(1)
		return httptest.NewRecorder().Result(), nil
	})))
	go func() {
		time.Sleep(time.Second) // the library tries HTTP sooner
		close(https)
	}()
	_, err := c.HeadManifest(context.Background(), repository(t, s.Host+"/team/app").Tag("1"))
	require.True(t, IsNotFound(err), "%v", err)
	require.Zero(t, plain.Load(), "later requests would send credentials over HTTP")
}

func TestNoRegistry(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	for name, do := range map[string]registrytest.Behavior{
		"web page": registrytest.HTML(http.StatusNotFound),
		"registry": registrytest.ErrorCode(http.StatusNotFound, "NAME_UNKNOWN"),
	} {
		s.Faults().Clear()
		s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", "^/v2/$"), Do: do})
		c, _ := newClient()
		_, err := c.GetManifest(context.Background(), repository(t, s.Host+"/team/app").Tag("1"))
		var none *NoRegistryError
		require.ErrorAs(t, err, &none, name)
		require.Equal(t, s.Host, none.Host)
		require.False(t, IsNotFound(err), "the tag may exist: %v", err)
	}
	c, _ := newClient()
	s.Faults().Clear()
	_, err := c.GetManifest(context.Background(), repository(t, s.Host+"/team/app").Tag("1"))
	require.True(t, IsNotFound(err))
}
