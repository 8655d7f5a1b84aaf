package auth

import (
	"fmt"
	"net/http"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/origin"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// TokenServer does not follow redirects to another host for requests with a body: the body
// of a token request contains credentials. No redirect leads to this machine from elsewhere,
// except to the hosts that Local allows; nil allows none.
type TokenServer struct {
	Inner http.RoundTripper
	Local func(hostport string) bool
}

// RoundTrip implements http.RoundTripper.
func (t *TokenServer) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.Inner.RoundTrip(req)
	to := origin.RedirectsTo(res)
	if to == nil {
		return res, err
	}
	if traffic.HasBody(req) {
		traffic.Drain(res)
		return nil, httperr.Permanent(fmt.Errorf("the token server %s redirects to %s, which is not trusted with the credentials", req.URL.Host, to.Host))
	}
	if err := origin.CheckLead(req.Context(), req.URL, to); err != nil && (t.Local == nil || !t.Local(to.Host)) {
		traffic.Drain(res)
		return nil, httperr.Permanent(err)
	}
	return res, err
}
