package auth

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/remote/flight"
	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// A Registry is the login state of one registry: its challenge, the logins and their
// tokens. It is safe for concurrent use.
type Registry struct {
	host     string
	keychain authn.Keychain
	direct   http.RoundTripper
	local    func(hostport string) bool
	requests flight.Group // of tokens

	mu        sync.Mutex
	insecure  bool
	challenge *transport.Challenge
	logins    map[authn.AuthConfig]*login // by credentials
	failed    map[string]*login           // by the reason why there are no credentials
	repos     map[string]*login           // by repository
}

// NewRegistry returns the Registry of a host, as named in references. Token requests are
// sent over direct, which must not wait for a job: a request that holds one may be waiting
// for the token. A token server of a remote registry must not be this machine, except for
// the hosts that local allows; nil allows none.
func NewRegistry(host string, keychain authn.Keychain, direct http.RoundTripper, local func(hostport string) bool) *Registry {
	return &Registry{
		host:     host,
		keychain: keychain,
		direct:   direct,
		local:    local,
		logins:   map[authn.AuthConfig]*login{},
		failed:   map[string]*login{},
		repos:    map[string]*login{},
	}
}

// Pinged records the challenge of a ping. It must be called before any request.
func (r *Registry) Pinged(ch *transport.Challenge) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.insecure = ch.Insecure
	if ch.Scheme != "" {
		r.challenge = ch
	}
}

// learnChallenge records the challenge of a response: some registries allow anonymous
// pings, or have other token servers for repositories.
func (r *Registry) learnChallenge(ch challenge) {
	r.mu.Lock()
	defer r.mu.Unlock()
	have := r.challenge
	if have == nil || !strings.EqualFold(have.Scheme, ch.scheme) ||
		have.Parameters["realm"] != ch.params["realm"] || have.Parameters["service"] != ch.params["service"] {
		r.challenge = &transport.Challenge{Scheme: ch.scheme, Parameters: ch.params, Insecure: r.insecure}
	}
}

// asks returns the challenge of the registry, or nil if there has been none.
func (r *Registry) asks() *transport.Challenge {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.challenge
}

// login returns the login of a repository. It reads the keychain once for each repository,
// and only if the registry requires authentication, because that may run a program. If the
// keychain fails, the login is anonymous, because most registries have public content.
func (r *Registry) login(ctx context.Context, repo name.Repository) (*login, error) {
	key := repo.RepositoryStr()
	r.mu.Lock()
	l := r.repos[key]
	r.mu.Unlock()
	if l != nil {
		return l, nil
	}
	authenticator, cfg, err := r.credentials(ctx, repo)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		l = r.failed[err.Error()]
		if l == nil {
			l = &login{authenticator: authn.Anonymous, failed: err}
			r.failed[err.Error()] = l
		}
		r.repos[key] = l
		return l, nil
	}
	l = r.logins[*cfg]
	if l == nil {
		l = &login{authenticator: authenticator, config: *cfg}
		r.logins[*cfg] = l
	}
	r.repos[key] = l
	return l, nil
}

// credentials reads the keychain.
func (r *Registry) credentials(ctx context.Context, repo name.Repository) (authn.Authenticator, *authn.AuthConfig, error) {
	authenticator, err := authn.Resolve(ctx, r.keychain, repo)
	if err != nil {
		return nil, nil, fmt.Errorf("finding credentials for %q: %w", r.host, err)
	}
	cfg, err := authn.Authorization(ctx, authenticator)
	if err != nil {
		return nil, nil, fmt.Errorf("reading credentials for %q: %w", r.host, err)
	}
	if cfg == nil {
		cfg = &authn.AuthConfig{}
	}
	return authenticator, cfg, nil
}

// explain adds to a denied request that there were no credentials, if the keychain failed.
func (r *Registry) explain(repo name.Repository, res *http.Response, err error) (*http.Response, error) {
	r.mu.Lock()
	l := r.repos[repo.RepositoryStr()]
	r.mu.Unlock()
	if l == nil || l.failed == nil {
		return res, err
	}
	if httperr.IsUnauthorized(err) {
		return nil, &httperr.CredentialsError{Answer: err, Cause: l.failed}
	}
	if err == nil {
		res.Request = res.Request.WithContext(httperr.WithoutCredentials(res.Request.Context(), l.failed))
	}
	return res, err
}

// usesTokens reports whether a challenge is answered with a token.
func usesTokens(ch *transport.Challenge) bool {
	return ch != nil && strings.EqualFold(ch.Scheme, "bearer")
}
