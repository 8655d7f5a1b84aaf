package wire

import (
	"fmt"
	"net/http"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// maxRedirects bounds the redirects that are followed for one request.
const maxRedirects = 10

// Redirects follows redirects. The credentials of a request don't follow: they are added
// below, by auth.Attach, to the requests of their own origin only.
type Redirects struct{ client http.Client }

// FollowRedirects returns a transport that follows the redirects of inner.
func FollowRedirects(inner http.RoundTripper) *Redirects {
	return &Redirects{client: http.Client{Transport: inner, CheckRedirect: checkRedirect}}
}

// RoundTrip implements http.RoundTripper. Its errors have the redacted URL that failed.
func (t *Redirects) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.client.Do(req)
	if err != nil {
		return nil, httperr.Redact(err)
	}
	return res, nil
}

// checkRedirect refuses too many redirects, and those that leave TLS.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return httperr.Permanent(fmt.Errorf("stopped after %d redirects", maxRedirects))
	}
	if req.URL.Scheme != "https" && via[len(via)-1].URL.Scheme == "https" {
		return httperr.Permanent(fmt.Errorf("redirected from HTTPS to %s://%s: %w", req.URL.Scheme, req.URL.Host, httperr.ErrPlainHTTP))
	}
	return nil
}
