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
	"time"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// DefaultTimeout is how long a registry may take to begin its answer, where nothing else is
// said.
const DefaultTimeout = time.Minute

// Connection says how to connect to registries.
type Connection struct {
	// RootCAs are the authorities whose certificates are trusted; nil: the system's.
	RootCAs *x509.CertPool
	// SkipVerify trusts any certificate of any host.
	SkipVerify bool
	// InsecureHosts are hosts, HOST:PORT or HOST for all its ports, whose certificates are
	// not verified, and which may be spoken to without TLS.
	InsecureHosts []string
	// Timeout is how long a registry may take to begin its answer; 0: DefaultTimeout. The
	// answer to a blob may take longer: it comes when the registry has stored the blob.
	Timeout time.Duration
	// Log is told of each request that was answered or failed; nil: nobody. It is called
	// concurrently.
	Log func(Exchange)
}

// IsInsecure tells whether a host is one of InsecureHosts.
func (o Connection) IsInsecure(hostport string) bool { return isAmong(o.InsecureHosts, hostport) }

// Transport puts the connection's policies around a transport. Own returns the TLS
// configuration of a host's own: see [PerHost].
func (o Connection) Transport(base *http.Transport, own func(hostport string) (*tls.Config, error)) http.RoundTripper {
	base.TLSClientConfig = &tls.Config{RootCAs: o.RootCAs, InsecureSkipVerify: o.SkipVerify} //nolint:gosec // as asked for
	base.OnProxyConnectResponse = refusedByProxy
	timeout := o.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	var rt http.RoundTripper = &silence{inner: proxyErrors{&PerHost{Base: base, Config: own}}, after: timeout}
	if o.Log != nil {
		rt = &exchangeLog{inner: rt, log: o.Log}
	}
	return rt
}

// isAmong tells whether a host, with or without a port, is one of hosts, of which those
// without a port stand for all ports.
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

// A ProxyError tells that a proxy, which the environment names, could not be used.
type ProxyError struct {
	// Proxy is its host and port.
	Proxy string
	// Err is why.
	Err error
}

func (e *ProxyError) Error() string { return fmt.Sprintf("using the proxy %s: %v", e.Proxy, e.Err) }

// Unwrap returns why.
func (e *ProxyError) Unwrap() error { return e.Err }

// proxyErrors tells failures of a proxy from those of a registry.
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

// refusedByProxy is the error of a proxy that opens no connection.
func refusedByProxy(_ context.Context, proxy *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return httperr.Permanent(&ProxyError{Proxy: proxy.Host, Err: fmt.Errorf("it answers %s", httperr.CleanText(res.Status))})
}
