package wire

import (
	"fmt"
	"net/http"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/origin"
)

// maxRedirects limits the redirects of one request.
const maxRedirects = 10

// Redirects follows redirects. The credentials of a request don't follow: auth.Attach adds
// them below, only to requests to their own origin.
//
// A write stays a write: http.Client turns it into a GET after 301, 302 and 303, whose
// response says nothing about the write. After 301 and 302 it is sent again unchanged, as
// after 308 and 307, and a 303 is the final response.
type Redirects struct{ client http.Client }

// FollowRedirects returns a transport that follows the redirects of inner. None leads to
// this machine from elsewhere, but to hosts that local allows; nil allows none.
func FollowRedirects(inner http.RoundTripper, local func(hostport string) bool) *Redirects {
	check := func(req *http.Request, via []*http.Request) error {
		for _, before := range via {
			if err := origin.CheckLead(req.Context(), before.URL, req.URL); err != nil && (local == nil || !local(req.URL.Host)) {
				return httperr.Permanent(err)
			}
		}
		return checkRedirect(req, via)
	}
	return &Redirects{client: http.Client{Transport: keepMethod{inner}, CheckRedirect: check}}
}

// RoundTrip implements http.RoundTripper. Its errors contain the redacted URL that failed.
func (t *Redirects) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.client.Do(req)
	if err != nil {
		return nil, httperr.Redact(err)
	}
	return res, nil
}

// checkRedirect rejects too many redirects, and redirects from HTTPS to HTTP.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return httperr.Permanent(fmt.Errorf("stopped after %d redirects", maxRedirects))
	}
	req.Header.Del("Referer") // it would reveal the previous URL, which may be signed
	if req.URL.Scheme != "https" && req.URL.Scheme != "http" {
		return httperr.Permanent(fmt.Errorf("redirected to an address with the scheme %q, which is not HTTP", req.URL.Scheme))
	}
	if req.URL.Scheme != "https" && via[len(via)-1].URL.Scheme == "https" {
		return httperr.Permanent(fmt.Errorf("redirected from HTTPS to %s://%s: %w", req.URL.Scheme, req.URL.Host, httperr.ErrPlainHTTP))
	}
	if isWrite(via[0]) && !isWrite(req) {
		return http.ErrUseLastResponse
	}
	return nil
}

func isWrite(req *http.Request) bool {
	return req.Method != http.MethodGet && req.Method != http.MethodHead && req.Method != ""
}

// keepMethod makes redirects of writes keep their method.
type keepMethod struct{ inner http.RoundTripper }

func (t keepMethod) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.inner.RoundTrip(req)
	if err != nil || !isWrite(req) {
		return res, err
	}
	switch res.StatusCode {
	case http.StatusMovedPermanently:
		res.StatusCode = http.StatusPermanentRedirect
	case http.StatusFound:
		res.StatusCode = http.StatusTemporaryRedirect
	}
	return res, nil
}
