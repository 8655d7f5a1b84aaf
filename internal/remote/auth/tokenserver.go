package auth

import (
	"fmt"
	"net/http"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/origin"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// TokenServer does not follow redirects to another host for requests with a body: the body
// of a token request contains credentials.
type TokenServer struct{ Inner http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t *TokenServer) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.Inner.RoundTrip(req)
	if to := origin.RedirectsTo(res); to != nil && traffic.HasBody(req) {
		traffic.Drain(res)
		return nil, httperr.Permanent(fmt.Errorf("the token server %s redirects to %s, which is not trusted with the credentials", req.URL.Host, to.Host))
	}
	return res, err
}
