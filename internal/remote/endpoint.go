package remote

import (
	"net/http"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/internal/remote/auth"
	"github.com/ocompose/ocompose/internal/remote/content"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// host is what the client knows about one registry, and its transports.
type host struct {
	name    string // as in references
	login   *auth.Registry
	limiter *traffic.Limiter
	raw     http.RoundTripper
	// contents are the manifests and blobs of the registry.
	contents *content.Registry

	mu     sync.Mutex
	scheme string // empty until pinged
}

// hostOf returns the registry of a name, new or known.
func (c *Client) hostOf(reg name.Registry) *host {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.hosts[reg.RegistryStr()]
	if r == nil {
		r = &host{name: reg.RegistryStr()}
		r.login = auth.NewRegistry(r.name, c.keychain, c.direct, c.isInsecure)
		r.limiter = traffic.NewLimiter(c.slots, c.retrier)
		r.raw = c.newRaw(r)
		r.contents = content.New(content.Config{
			Name: reg, Transport: r.raw, Retrier: c.retrier, Limiter: r.limiter, Streams: c.streams, IsInsecure: c.isInsecure,
		})
		c.hosts[r.name] = r
	}
	return r
}

func (r *host) knownScheme() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.scheme
}

// endpoint sends requests to a registry's host, over the scheme that a ping found. Requests
// to other hosts, such as uploads that the registry moved, are unchanged.
type endpoint struct {
	inner  http.RoundTripper
	client *Client
	host   *host
}

// RoundTrip implements http.RoundTripper.
func (t *endpoint) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.client.ping(req.Context(), t.host); err != nil {
		traffic.CloseBody(req)
		return nil, err
	}
	out := req.Clone(req.Context())
	if out.URL.Host == "" {
		out.URL.Host = t.host.name
	}
	if out.URL.Host == t.host.name {
		out.URL.Scheme = t.host.knownScheme()
	}
	out.Host = ""
	return t.inner.RoundTrip(out)
}
