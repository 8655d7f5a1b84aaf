package remote

import (
	"crypto/tls"
	"net/http"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote/auth"
	"github.com/ocompose/ocompose/internal/remote/content"
	"github.com/ocompose/ocompose/internal/remote/traffic"
	"github.com/ocompose/ocompose/internal/remote/wire"
)

// Each policy is an http.RoundTripper around the next. They are composed here, from the
// inside to the outside.

// newWire composes the transports that every request passes last, including pings and token
// requests.
func (c *Client) newWire() http.RoundTripper {
	rt := c.transport
	if rt == nil {
		rt = c.connection.Transport(wire.NewTransport(c.jobs, c.retrier.Policy.Stall), c.tlsConfig)
	}
	stall := c.retrier.Policy.Stall
	rt = &wire.Stall{
		Inner: &wire.Overhead{Inner: rt}, After: stall, Rate: traffic.MinRate,
		Patience: &wire.Patience{Limit: 5 * stall},
	}
	rt = &wire.UserAgent{Inner: rt, Value: c.userAgent}
	rt = &wire.PlainHTTP{Inner: rt, All: c.plainHTTP, Hosts: c.isInsecure}
	return &auth.Attach{Inner: rt}
}

// tlsConfig returns the TLS configuration of a host. A certificate file that the user names
// replaces the host's certificates in the system's folders.
func (c *Client) tlsConfig(hostport string) (*tls.Config, error) {
	config, err := c.certificates.For(hostport)
	insecure := c.isInsecure(hostport)
	if err != nil || config == nil && !insecure {
		return nil, err
	}
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if c.connection.RootCAs != nil {
		config.RootCAs = c.connection.RootCAs
	}
	config.InsecureSkipVerify = insecure || c.connection.SkipVerify
	return config, nil
}

// isInsecure reports whether a host may be used without TLS, or with a certificate that
// can't be verified.
func (c *Client) isInsecure(hostport string) bool {
	return c.connection.IsInsecure(hostport) || c.insecure != nil && c.insecure(hostport)
}

// newDirect composes the transport for pings and token servers. It does not wait for a job,
// because a request that holds one may be waiting for the token.
func (c *Client) newDirect() http.RoundTripper {
	var rt http.RoundTripper = &traffic.Observe{Inner: c.wire, Observer: c.retrier.Observe}
	rt = &auth.TokenServer{Inner: rt, Local: c.isInsecure}
	rt = &wire.Bounded{Inner: rt, Limit: limits.Token, Within: 2 * c.retrier.Policy.Stall}
	return &traffic.Repeat{Inner: rt, Retrier: c.retrier, DialOnce: true}
}

// newRaw composes the transport of all other requests to a registry.
func (c *Client) newRaw(r *host) http.RoundTripper {
	var rt http.RoundTripper = wire.FollowRedirects(c.wire, c.isInsecure)
	rt = &traffic.Observe{Inner: rt, Observer: c.retrier.Observe, Bytes: true}
	rt = r.login.Transport(rt)
	rt = r.limiter.Transport(rt)
	rt = &wire.Bounded{Inner: rt, Limit: limits.Manifest, Within: 2 * c.retrier.Policy.Stall}
	rt = &content.Optional{Inner: rt}
	rt = &traffic.Repeat{Inner: rt, Retrier: c.retrier}
	return &endpoint{inner: rt, client: c, host: r}
}
