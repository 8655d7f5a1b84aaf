package wire

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// PlainHTTP rejects requests over unencrypted HTTP to hosts that may not use it. It sees
// every request, including redirects and token requests.
type PlainHTTP struct {
	Inner http.RoundTripper
	// All allows it for every host, not only for this machine.
	All bool
	// Hosts allows it for more hosts, given with their ports; may be nil.
	Hosts func(hostport string) bool
}

// Allows reports whether a host, with or without a port, may be used without TLS.
func (t *PlainHTTP) Allows(hostport string) bool {
	return t.All || isLoopback(hostport) || t.Hosts != nil && t.Hosts(hostport)
}

// RoundTrip implements http.RoundTripper.
func (t *PlainHTTP) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" && !t.Allows(req.URL.Host) {
		traffic.CloseBody(req)
		return nil, httperr.Permanent(fmt.Errorf("requesting %s://%s: %w", req.URL.Scheme, req.URL.Host, httperr.ErrPlainHTTP))
	}
	return t.Inner.RoundTrip(req)
}

// isLoopback reports whether a host is this machine by its name, without a lookup.
func isLoopback(hostport string) bool {
	h := hostport
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		h = host
	}
	h = strings.TrimSuffix(strings.TrimPrefix(h, "["), "]")
	if strings.EqualFold(h, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(h)
	return err == nil && addr.Unmap().IsLoopback()
}
