package remote

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// ErrPlainHTTP is in the chain of an error about a host that would have to be
// spoken to unencrypted and may not.
var ErrPlainHTTP = errors.New("plain HTTP is not allowed for this host")

// plainHTTP knows the hosts that may be spoken to without TLS. It is asked
// for every request, redirects and token servers included.
type plainHTTP struct {
	all   bool
	hosts []string // and those of this machine
}

func (p *plainHTTP) allows(hostport string) bool {
	return p.all || isLoopback(hostport) || isAmong(p.hosts, hostport)
}

// isLoopback reports whether a host (with or without a port) is this machine
// by its very name; no name is looked up.
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

// checkRedirect bounds redirects and refuses to leave TLS on the way.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return &permanentError{errors.New("stopped after 10 redirects")}
	}
	if req.URL.Scheme != "https" && via[len(via)-1].URL.Scheme == "https" {
		return &permanentError{fmt.Errorf("redirected from HTTPS to %s://%s: %w", req.URL.Scheme, req.URL.Host, ErrPlainHTTP)}
	}
	return nil
}

// permanentError marks what no repetition can mend.
type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }
