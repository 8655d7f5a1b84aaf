package auth

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/origin"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

type repositoryKey struct{}

// WithRepository returns a context for requests that concern repo: its credentials are
// used, and its scopes requested.
func WithRepository(ctx context.Context, repo name.Repository) context.Context {
	return context.WithValue(ctx, repositoryKey{}, repo)
}

// Transport returns a transport that sends each request with the credential that it
// needs. The context of a request has its repository. The credential is decided on when
// the request is sent, as tokens expire while requests wait; inner is to follow redirects
// and to end in an [Attach].
//
// A request that the registry answers with 401 is sent once more if there is another
// credential for it then. A host that the registry redirected to has no say in this.
func (r *Registry) Transport(inner http.RoundTripper) http.RoundTripper {
	return &authenticated{inner: inner, registry: r}
}

type authenticated struct {
	inner    http.RoundTripper
	registry *Registry
}

// RoundTrip implements http.RoundTripper.
func (t *authenticated) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	repo, ok := ctx.Value(repositoryKey{}).(name.Repository)
	if !ok {
		traffic.CloseBody(req)
		return nil, fmt.Errorf("the request to %q is for no repository", req.URL.Host)
	}
	c := credential{scheme: req.URL.Scheme, host: t.registry.host}
	if req.URL.Host != t.registry.host {
		return t.inner.RoundTrip(req.WithContext(withCredential(ctx, c)))
	}
	need, extra := needOf(repo, req)
	header, tok, err := t.registry.header(ctx, repo, need, extra)
	if err != nil {
		traffic.CloseBody(req)
		return nil, httperr.Permanent(err) // what may help was tried below
	}
	c.header = header
	res, err := t.inner.RoundTrip(req.WithContext(withCredential(ctx, c)))
	if err != nil || res.StatusCode != http.StatusUnauthorized || origin.RedirectedFrom(res.Request) != nil {
		return res, err
	}
	return t.renew(req, repo, res, c, tok, need, extra)
}

// renew answers a 401: the credential was missing, too old or too narrow. It sends the
// request again if there is another one, and returns the 401 otherwise. It does so too
// if the body of the request can't be opened again; another attempt of the caller has the
// new credential then.
func (t *authenticated) renew(req *http.Request, repo name.Repository, res *http.Response, c credential, tok *token, need, extra scopes) (*http.Response, error) {
	ctx := req.Context()
	ch, ok := pickChallenge(parseChallenges(res.Header))
	switch {
	case tok != nil:
		l, err := t.registry.login(ctx, repo)
		if err != nil {
			return res, nil
		}
		l.reject(tok.value)
		if ok && ch.params["scope"] != "" {
			need = need.union(parseScopes(ch.params["scope"]))
		}
	case ok:
		t.registry.learnChallenge(ch)
	default:
		if err := unknownChallenge(res, t.registry.host); err != nil {
			traffic.Drain(res)
			return nil, err
		}
		return res, nil
	}
	header, _, err := t.registry.header(ctx, repo, need, extra)
	if err != nil {
		traffic.Drain(res)
		return nil, httperr.Permanent(err)
	}
	if header == c.header {
		return res, nil
	}
	again, ok := traffic.Rewind(req)
	if !ok {
		return res, nil
	}
	traffic.Drain(res)
	c.header = header
	return t.inner.RoundTrip(again.WithContext(withCredential(ctx, c)))
}
