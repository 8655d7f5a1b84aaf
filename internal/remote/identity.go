package remote

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// identity is one login at one registry and the tokens it was given. Two
// repositories of a registry share it unless the keychain has different
// credentials for them.
type identity struct {
	auth   authn.Authenticator
	config authn.AuthConfig

	mu     sync.Mutex
	tokens []*bearer
}

// bearer is a token and what it was asked for. A stale one keeps its scopes:
// it is replaced by another for all of them.
type bearer struct {
	scopes scopes
	value  string
	stale  bool
}

// identityOf resolves the credentials of a repository, once.
func (c *Client) identityOf(ctx context.Context, h *host, repo name.Repository) (*identity, error) {
	key := repo.RepositoryStr()
	h.mu.Lock()
	id := h.repos[key]
	h.mu.Unlock()
	if id != nil {
		return id, nil
	}
	auth, err := authn.Resolve(ctx, c.keychain, repo)
	if err != nil {
		return nil, fmt.Errorf("finding credentials for %q: %w", repo, err)
	}
	cfg, err := authn.Authorization(ctx, auth)
	if err != nil {
		return nil, fmt.Errorf("reading credentials for %q: %w", repo, err)
	}
	if cfg == nil {
		cfg = &authn.AuthConfig{}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	id = h.identities[*cfg]
	if id == nil {
		id = &identity{auth: auth, config: *cfg}
		h.identities[*cfg] = id
	}
	h.repos[key] = id
	return id, nil
}

// authorization returns the Authorization header for a request that needs
// scopes, and the token it came from if it is one.
func (c *Client) authorization(ctx context.Context, h *host, id *identity, need, extra scopes) (string, *bearer, error) {
	h.mu.Lock()
	ch := h.challenge
	h.mu.Unlock()
	switch {
	case ch == nil:
		return "", nil, nil
	case strings.EqualFold(ch.Scheme, "basic"):
		return basicAuthorization(id.config), nil, nil
	case !strings.EqualFold(ch.Scheme, "bearer"):
		return "", nil, nil // a password must not go out in a form that was not asked for
	case id.config.RegistryToken != "":
		return "Bearer " + id.config.RegistryToken, nil, nil
	}
	t, err := c.bearerFor(ctx, h, ch, id, need.union(extra))
	if err != nil && len(extra) > 0 && IsUnauthorized(err) {
		t, err = c.bearerFor(ctx, h, ch, id, need)
	}
	if err != nil {
		return "", nil, err
	}
	return "Bearer " + t.value, t, nil
}

func basicAuthorization(cfg authn.AuthConfig) string {
	switch {
	case cfg.RegistryToken != "":
		return "Bearer " + cfg.RegistryToken
	case cfg.Username != "" || cfg.Password != "":
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(cfg.Username+":"+cfg.Password))
	case cfg.Auth != "":
		return "Basic " + cfg.Auth
	}
	return ""
}

// bearerFor returns a token that covers need: one that is there, a fresh one
// for the scopes of one that went stale, or a new one for need alone. Scopes
// never pile up in one token.
func (c *Client) bearerFor(ctx context.Context, h *host, ch *transport.Challenge, id *identity, need scopes) (*bearer, error) {
	want := need
	if t := id.covering(need); t != nil {
		if !t.stale {
			return t, nil
		}
		want = t.scopes
	}
	names := want.strings()
	err := c.once(ctx, fmt.Sprintf("token %p %q", id, names), func() error {
		if t := id.covering(want); t != nil && !t.stale {
			return nil
		}
		value, err := c.exchange(ctx, h, ch, id, names)
		if err != nil {
			return err
		}
		id.put(bearer{scopes: want, value: value})
		return nil
	})
	if err != nil {
		return nil, &TokenError{Registry: h.name, Scopes: names, Err: err}
	}
	if t := id.covering(need); t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("getting a token of %q for %s: none was given", h.name, strings.Join(names, " "))
}

// exchange asks the token server that the registry named.
func (c *Client) exchange(ctx context.Context, h *host, ch *transport.Challenge, id *identity, names []string) (string, error) {
	var opts []name.Option
	if ch.Insecure {
		opts = append(opts, name.Insecure)
	}
	reg, err := name.NewRegistry(h.name, opts...)
	if err != nil {
		return "", err
	}
	tok, err := transport.Exchange(ctx, reg, id.auth, c.direct, names, ch)
	if err != nil {
		return "", tokenError(ctx, err)
	}
	// OAuth2 names it access_token, and a server that sends both means the same.
	if tok.AccessToken != "" {
		return tok.AccessToken, nil
	}
	return tok.Token, nil
}

// covering returns a copy of a token that covers need, a fresh one if there
// is one.
func (id *identity) covering(need scopes) *bearer {
	id.mu.Lock()
	defer id.mu.Unlock()
	var stale *bearer
	for _, t := range id.tokens {
		if !t.scopes.covers(need) {
			continue
		}
		cp := *t
		if !t.stale {
			return &cp
		}
		if stale == nil {
			stale = &cp
		}
	}
	return stale
}

// put stores a token in place of the one for the same scopes.
func (id *identity) put(t bearer) {
	id.mu.Lock()
	defer id.mu.Unlock()
	for i, have := range id.tokens {
		if have.scopes.covers(t.scopes) && t.scopes.covers(have.scopes) {
			id.tokens[i] = &t
			return
		}
	}
	id.tokens = append(id.tokens, &t)
}

// reject marks a token that the registry refused, unless another request got
// a new one in the meantime.
func (id *identity) reject(value string) {
	id.mu.Lock()
	defer id.mu.Unlock()
	for _, t := range id.tokens {
		if t.value == value {
			t.stale = true
		}
	}
}
