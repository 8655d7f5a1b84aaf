package wire

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"sync"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// PerHost sends requests over TLS with the host's own configuration.
type PerHost struct {
	// Base is the transport of all other requests.
	Base *http.Transport
	// Config returns the configuration for a host, with or without a port: nil if it has none.
	// It is called once for each host.
	Config func(hostport string) (*tls.Config, error)

	mu    sync.Mutex
	hosts map[string]func() (http.RoundTripper, error)
}

// RoundTrip implements http.RoundTripper.
func (t *PerHost) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" {
		return t.Base.RoundTrip(req)
	}
	rt, err := t.of(req.URL.Host)()
	if err != nil {
		traffic.CloseBody(req)
		return nil, httperr.Permanent(err)
	}
	return rt.RoundTrip(req)
}

// of returns a function that returns the transport for a host.
func (t *PerHost) of(hostport string) func() (http.RoundTripper, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	find, ok := t.hosts[hostport]
	if !ok {
		find = sync.OnceValues(func() (http.RoundTripper, error) {
			config, err := t.Config(hostport)
			if err != nil {
				return nil, fmt.Errorf("connecting to %s: %w", hostport, err)
			}
			if config == nil {
				return t.Base, nil
			}
			own := t.Base.Clone()
			own.TLSClientConfig = config
			return own, nil
		})
		if t.hosts == nil {
			t.hosts = map[string]func() (http.RoundTripper, error){}
		}
		t.hosts[hostport] = find
	}
	return find
}
