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

// WithRepository returns a context for requests to repo, with its credentials and scopes.
func WithRepository(ctx context.Context, repo name.Repository) context.Context {
	return context.WithValue(ctx, repositoryKey{}, repo)
}

// Transport returns a transport that sends each request with the credential that it needs.
// The context of a request has its repository. The credential is selected when the request
// is sent, because tokens expire while requests wait. inner must follow redirects and end
// in an [Attach].
//
// A request whose credential the registry rejects is sent again as long as there is another
// credential. Responses of hosts to which the registry redirected don't count.
func (r *Registry) Transport(inner http.RoundTripper) http.RoundTripper {
	return &authenticated{inner: inner, registry: r}
}

type authenticated struct {
	inner    http.RoundTripper
	registry *Registry
}

// maxRenewals limits the credentials of one request after the first: one for the registry's
// challenge, or to replace an expired token; and one that no other request uses, for tokens
// that are valid for only a few requests.
const maxRenewals = 2

// RoundTrip implements http.RoundTripper.
func (t *authenticated) RoundTrip(req *http.Request) (*http.Response, error) {
	repo, ok := req.Context().Value(repositoryKey{}).(name.Repository)
	if !ok {
		traffic.CloseBody(req)
		return nil, fmt.Errorf("the request to %q has no repository", req.URL.Host)
	}
	if req.URL.Host != t.registry.host {
		return t.send(req, "")
	}
	res, err := t.authorized(req, repo)
	return t.registry.explain(repo, res, err)
}

// send sends a request with a credential for the registry.
func (t *authenticated) send(req *http.Request, header string) (*http.Response, error) {
	c := credential{scheme: req.URL.Scheme, host: t.registry.host, header: header}
	return t.inner.RoundTrip(req.WithContext(withCredential(req.Context(), c)))
}

// authorized sends a request until its credential is accepted, or there is no other
// credential. It also returns the rejection if the request body can't be reopened; the
// caller's next attempt then uses the new credential.
func (t *authenticated) authorized(req *http.Request, repo name.Repository) (*http.Response, error) {
	ctx := req.Context()
	need, extra := needOf(repo, req)
	used, err := t.registry.header(ctx, repo, need, extra, false)
	if err != nil {
		traffic.CloseBody(req)
		return nil, httperr.Permanent(err) // retries were already made below
	}
	res, err := t.send(req, used.header)
	for n := 1; err == nil && n <= maxRenewals && t.refused(res, used); n++ {
		if need, err = t.learn(ctx, repo, res, used, need); err != nil {
			traffic.Drain(res)
			return nil, err
		}
		next, err := t.registry.header(ctx, repo, need, extra, n > 1)
		if err != nil {
			traffic.Drain(res)
			return nil, httperr.Permanent(err)
		}
		if next.header == used.header {
			break
		}
		again, ok := traffic.Rewind(req)
		if !ok {
			break
		}
		traffic.Drain(res)
		used = next
		if res, err = t.send(again, used.header); err != nil {
			return nil, err
		}
	}
	return res, err
}

// refused reports whether the registry itself, not a host that it redirected to, rejects
// the credential of a request: with 401, or with 403 and a challenge for more scopes than
// the token has.
func (t *authenticated) refused(res *http.Response, used authorization) bool {
	if origin.RedirectedFrom(res.Request) != nil {
		return false
	}
	if res.StatusCode == http.StatusForbidden {
		ch, ok := pickChallenge(parseChallenges(res.Header))
		return ok && used.token != nil && ch.params["scope"] != "" && !used.token.scopes.covers(parseScopes(ch.params["scope"]))
	}
	return res.StatusCode == http.StatusUnauthorized
}

// learn records the challenge of a rejection, and returns the scopes that the request
// needs.
func (t *authenticated) learn(ctx context.Context, repo name.Repository, res *http.Response, used authorization, need scopes) (scopes, error) {
	ch, ok := pickChallenge(parseChallenges(res.Header))
	if used.token != nil {
		l, err := t.registry.login(ctx, repo)
		if err != nil {
			return need, err
		}
		l.reject(used.token.value)
	}
	switch {
	case ok:
		t.registry.learnChallenge(ch)
		if ch.params["scope"] != "" {
			need = need.union(parseScopes(ch.params["scope"]))
		}
	case used.token == nil:
		if err := unknownChallenge(res, t.registry.host); err != nil {
			return need, err
		}
	}
	return need, nil
}
