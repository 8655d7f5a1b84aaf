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
)

// A Registry is one registry as far as logging in goes: what it asks for, the logins that
// it was given and the tokens that it gave. It is safe for concurrent use.
type Registry struct {
	host     string
	keychain authn.Keychain
	direct   http.RoundTripper
	requests flight.Group // of tokens

	mu        sync.Mutex
	insecure  bool
	challenge *transport.Challenge
	logins    map[authn.AuthConfig]*login // by what they log in with
	repos     map[string]*login           // by repository
}

// NewRegistry returns the Registry of a host, as references name it. Token servers are
// asked over direct, which must take no job: a request that holds one may wait for the
// token.
func NewRegistry(host string, keychain authn.Keychain, direct http.RoundTripper) *Registry {
	return &Registry{
		host:     host,
		keychain: keychain,
		direct:   direct,
		logins:   map[authn.AuthConfig]*login{},
		repos:    map[string]*login{},
	}
}

// Pinged takes note of the answer to a ping. It comes before any request.
func (r *Registry) Pinged(ch *transport.Challenge) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.insecure = ch.Insecure
	if ch.Scheme != "" {
		r.challenge = ch
	}
}

// learnChallenge takes note of what the answer to a request asks for: some registries
// let anybody ping.
func (r *Registry) learnChallenge(ch challenge) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.challenge == nil || !strings.EqualFold(r.challenge.Scheme, ch.scheme) {
		r.challenge = &transport.Challenge{Scheme: ch.scheme, Parameters: ch.params, Insecure: r.insecure}
	}
}

// asks returns the challenge of the registry, or nil as long as it asked for nothing.
func (r *Registry) asks() *transport.Challenge {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.challenge
}

// login returns the login of a repository. The keychain is asked once for each, and only
// when the registry asks for authentication: that may run a program.
func (r *Registry) login(ctx context.Context, repo name.Repository) (*login, error) {
	key := repo.RepositoryStr()
	r.mu.Lock()
	l := r.repos[key]
	r.mu.Unlock()
	if l != nil {
		return l, nil
	}
	authenticator, err := authn.Resolve(ctx, r.keychain, repo)
	if err != nil {
		return nil, fmt.Errorf("finding credentials for %q: %w", repo, err)
	}
	cfg, err := authn.Authorization(ctx, authenticator)
	if err != nil {
		return nil, fmt.Errorf("reading credentials for %q: %w", repo, err)
	}
	if cfg == nil {
		cfg = &authn.AuthConfig{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l = r.logins[*cfg]
	if l == nil {
		l = &login{authenticator: authenticator, config: *cfg}
		r.logins[*cfg] = l
	}
	r.repos[key] = l
	return l, nil
}

// usesTokens reports whether a challenge is answered with a token.
func usesTokens(ch *transport.Challenge) bool {
	return ch != nil && strings.EqualFold(ch.Scheme, "bearer")
}
