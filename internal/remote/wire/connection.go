package wire

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
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
	base.GetProxyConnectHeader, base.OnProxyConnectResponse = beginTunnel, endTunnel
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
