package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/origin"
	"github.com/ocompose/ocompose/internal/remote/traffic"
	"github.com/ocompose/ocompose/internal/remote/wire"
)

// Ping finds out how a registry is spoken to, once per client, as the first request to it
// would: a caller who will need a registry saves a round trip by asking while there is
// something else to do. It fails if the registry can't be reached.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support.
func (c *Client) Ping(ctx context.Context, reg name.Registry) error {
	return c.ping(ctx, c.hostOf(reg))
}

// ping finds out, once per registry, which scheme it speaks and how it wants to be logged
// in to. Concurrent callers wait for the first.
func (c *Client) ping(ctx context.Context, r *host) error {
	if r.knownScheme() != "" {
		return nil
	}
	return c.pings.Do(ctx, r.name, func() error {
		if r.knownScheme() != "" {
			return nil
		}
		// The library guesses from the name whether HTTP may be tried, for private
		// addresses too. Here it is told.
		var opts []name.Option
		if (&wire.PlainHTTP{All: c.plainHTTP, Hosts: c.connection.InsecureHosts}).Allows(r.name) {
			opts = append(opts, name.Insecure)
		}
		reg, err := name.NewRegistry(r.name, opts...)
		if err != nil {
			return err
		}
		probe := &probe{inner: c.direct}
		ch, err := transport.Ping(ctx, reg, probe)
		if err != nil {
			return fmt.Errorf("reaching registry %q: %w", r.name, probe.reason(ctx, err))
		}
		r.login.Pinged(ch)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.scheme = "https"
		if ch.Insecure {
			r.scheme = "http"
		}
		return nil
	})
}

// probe remembers why a ping failed over each scheme: the library's error has both
// reasons, and only one is of use.
type probe struct {
	inner http.RoundTripper

	mu          sync.Mutex
	https, http error
}

// RoundTrip implements http.RoundTripper.
func (p *probe) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := p.inner.RoundTrip(req)
	if err != nil {
		err = httperr.Redact(err)
		p.mu.Lock()
		defer p.mu.Unlock()
		if req.URL.Scheme == "https" {
			p.https = err
		} else {
			p.http = err
		}
		return res, err
	}
	if origin.RedirectsTo(res) != nil {
		// Another host has no say in how to log in to this one.
		traffic.Drain(res)
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
	}
	return res, nil
}

// reason picks what to tell of a ping that failed with err.
func (p *probe) reason(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if httperr.IsUntrusted(p.https) {
		// The registry speaks HTTPS, whatever answered over HTTP.
		return httperr.Redact(p.https)
	}
	var te *transport.Error
	if errors.As(err, &te) {
		return httperr.Clean(te)
	}
	if !httperr.IsHTTPSMismatch(p.https) {
		return httperr.Redact(err)
	}
	// The TLS handshake was answered in plain HTTP, so that is what the registry speaks.
	if p.http == nil || errors.Is(p.http, httperr.ErrPlainHTTP) {
		return fmt.Errorf("it does not speak HTTPS: %w", httperr.ErrPlainHTTP)
	}
	return httperr.Redact(p.http)
}
