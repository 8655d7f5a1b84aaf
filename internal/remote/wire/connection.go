package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// Connection configures connections to registries.
type Connection struct {
	// RootCAs are the trusted certificate authorities; nil means the system's.
	RootCAs *x509.CertPool
	// SkipVerify trusts any certificate of any host.
	SkipVerify bool
	// InsecureHosts are hosts, HOST:PORT or HOST for all its ports, whose certificates are not
	// verified, and which may be used without TLS.
	InsecureHosts []string
	// Log is called for each request that got a response or failed, if it is not nil. It is
	// called concurrently.
	Log func(Exchange)
}

// IsInsecure reports whether a host is one of InsecureHosts.
func (o Connection) IsInsecure(hostport string) bool { return isAmong(o.InsecureHosts, hostport) }

// Transport wraps a transport with the connection's policies. own returns the TLS
// configuration of a host: see [PerHost].
func (o Connection) Transport(base *http.Transport, own func(hostport string) (*tls.Config, error)) http.RoundTripper {
	base.TLSClientConfig = &tls.Config{RootCAs: o.RootCAs, InsecureSkipVerify: o.SkipVerify} //nolint:gosec // as requested
	base.OnProxyConnectResponse = refusedByProxy
	var rt http.RoundTripper = proxyErrors{&PerHost{Base: base, Config: own}}
	if o.Log != nil {
		rt = &exchangeLog{inner: rt, log: o.Log}
	}
	return rt
}

// isAmong reports whether a host, with or without a port, is in hosts. An entry without a
// port matches all ports.
func isAmong(hosts []string, hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	for _, h := range hosts {
		if h == hostport || h == host || h == "["+host+"]" {
			return true
		}
	}
	return false
}

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
	res, err := t.inner.RoundTrip(req)
	var op *net.OpError
	if err != nil && errors.As(err, &op) && op.Op == "proxyconnect" {
		proxy, perr := http.ProxyFromEnvironment(req)
		if perr == nil && proxy != nil {
			return res, httperr.Permanent(&ProxyError{Proxy: proxy.Host, Err: op.Err})
		}
	}
	return res, err
}

// refusedByProxy returns the error of a proxy that does not open a connection.
func refusedByProxy(_ context.Context, proxy *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return httperr.Permanent(&ProxyError{Proxy: proxy.Host, Err: fmt.Errorf("it returned %s", httperr.CleanText(res.Status))})
}
