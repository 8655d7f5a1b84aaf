package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// A ProxyError reports that a proxy from the environment could not be used.
type ProxyError struct {
	// Proxy is its host and port.
	Proxy string
	// Err is the reason.
	Err error
}

func (e *ProxyError) Error() string { return fmt.Sprintf("using the proxy %s: %v", e.Proxy, e.Err) }

// Unwrap returns the reason.
func (e *ProxyError) Unwrap() error { return e.Err }

// proxyErrors distinguishes failures of a proxy from those of a registry.
type proxyErrors struct{ inner http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t proxyErrors) RoundTrip(req *http.Request) (*http.Response, error) {
	tunnel := &tunnel{}
	ctx := context.WithValue(req.Context(), tunnelKey{}, tunnel)
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { tunnel.set("") }}
	res, err := t.inner.RoundTrip(req.WithContext(httptrace.WithClientTrace(ctx, trace)))
	var op *net.OpError
	var known *ProxyError
	switch {
	case err == nil || errors.As(err, &known):
	case errors.As(err, &op) && op.Op == "proxyconnect":
		proxy, perr := http.ProxyFromEnvironment(req)
		if perr == nil && proxy != nil {
			return res, httperr.Permanent(&ProxyError{Proxy: proxy.Host, Err: op.Err})
		}
	default:
		if proxy := tunnel.waitsFor(); proxy != "" {
			return res, &ProxyError{Proxy: proxy, Err: err}
		}
	}
	return res, err
}

// A tunnel records whether a request waits for a proxy to connect it to a registry. It is safe for
// concurrent use.
type tunnel struct {
	mu    sync.Mutex
	proxy string
}

type tunnelKey struct{}

// set sets the proxy that the request waits for; "" if it has the connection.
func (t *tunnel) set(proxy string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.proxy = proxy
}

func (t *tunnel) waitsFor() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.proxy
}

// beginTunnel is called before a CONNECT request, which has no more headers.
//
// See https://www.rfc-editor.org/rfc/rfc9110.html#section-9.3.6.
func beginTunnel(ctx context.Context, proxy *url.URL, _ string) (http.Header, error) {
	if t, ok := ctx.Value(tunnelKey{}).(*tunnel); ok {
		t.set(proxy.Host)
	}
	return http.Header{}, nil
}

// endTunnel is called after the response to a CONNECT request, and returns the error of a proxy
// that does not open a connection.
func endTunnel(ctx context.Context, proxy *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		if t, ok := ctx.Value(tunnelKey{}).(*tunnel); ok {
			t.set("")
		}
		return nil
	}
	refused := fmt.Errorf("it returned %s", httperr.CleanText(res.Status))
	if !traffic.RetryableStatus(res.StatusCode) {
		return httperr.Permanent(&ProxyError{Proxy: proxy.Host, Err: refused})
	}
	wait, _ := traffic.RetryAfter(res.Header, time.Now())
	return &ProxyError{Proxy: proxy.Host, Err: &httperr.BusyProxyError{Status: res.StatusCode, RetryAfter: wait, Err: refused}}
}

// stalledProxy returns the error of a request that stalled with another error: that of the proxy,
// if the request waited for it.
func stalledProxy(err error, stalled *httperr.StallError) error {
	var proxy *ProxyError
	if !errors.As(err, &proxy) {
		return stalled
	}
	of := *stalled
	of.Host = proxy.Proxy
	return &ProxyError{Proxy: proxy.Proxy, Err: &of}
}
