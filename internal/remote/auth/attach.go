package auth

import (
	"context"
	"net/http"
)

// Attach adds credentials to requests. It is below the layer that follows redirects, so it
// sees every request: it adds a credential only to requests to the credential's own origin.
type Attach struct{ Inner http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t *Attach) RoundTrip(req *http.Request) (*http.Response, error) {
	c, ok := req.Context().Value(credentialKey{}).(credential)
	if !ok {
		return t.Inner.RoundTrip(req)
	}
	out := req.Clone(req.Context())
	out.Header.Del("Authorization")
	if c.header != "" && c.scheme == out.URL.Scheme && c.host == out.URL.Host {
		out.Header.Set("Authorization", c.header)
	}
	return t.Inner.RoundTrip(out)
}

// A credential is an Authorization header and the only origin to which it may be sent.
type credential struct {
	scheme, host string
	header       string
}

type credentialKey struct{}

func withCredential(ctx context.Context, c credential) context.Context {
	return context.WithValue(ctx, credentialKey{}, c)
}
