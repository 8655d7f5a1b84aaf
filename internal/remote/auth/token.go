package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/origin"
)

// login is a user of a registry with the user's tokens. Repositories of a registry share it
// unless the keychain has different credentials for them.
type login struct {
	authenticator authn.Authenticator
	config        authn.AuthConfig
	failed        error // why there are no credentials, if the keychain failed

	mu     sync.Mutex
	tokens []*token
}

// token is a token with its scopes. A stale token keeps its scopes, for which a new token
// is requested.
type token struct {
	scopes scopes
	value  string
	stale  bool
}

// authorization is an Authorization header, and its token if it has one.
type authorization struct {
	header string
	token  *token
}

// header returns the Authorization header for a request that needs scopes. It tries a token
// that also allows extra first. If own is set, the token is a new one, only for this
// request.
func (r *Registry) header(ctx context.Context, repo name.Repository, need, extra scopes, own bool) (authorization, error) {
	ch := r.asks()
	if ch == nil {
		return authorization{}, nil
	}
	l, err := r.login(ctx, repo)
	if err != nil {
		return authorization{}, err
	}
	switch {
	case strings.EqualFold(ch.Scheme, "basic"):
		return authorization{header: basicHeader(l.config)}, nil
	case !usesTokens(ch):
		return authorization{}, nil // never send a password in a form that was not requested
	case l.config.RegistryToken != "":
		return authorization{header: "Bearer " + l.config.RegistryToken}, nil
	}
	get := r.token
	if own {
		get = r.ownToken
	}
	t, err := get(ctx, ch, l, need.union(extra))
	if err != nil && len(extra) > 0 && httperr.IsUnauthorized(err) {
		t, err = get(ctx, ch, l, need)
	}
	if err != nil {
		return authorization{}, err
	}
	return authorization{header: "Bearer " + t.value, token: t}, nil
}

func basicHeader(cfg authn.AuthConfig) string {
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

// token returns a token that covers need: a cached one, a fresh one for the scopes of a
// stale one, or a new one for need alone. Scopes are never accumulated in one token,
// because some token servers reject many scopes.
func (r *Registry) token(ctx context.Context, ch *transport.Challenge, l *login, need scopes) (*token, error) {
	want := need
	if t := l.covering(need); t != nil {
		if !t.stale {
			return t, nil
		}
		want = t.scopes
	}
	names := want.strings()
	err := r.requests.Do(ctx, fmt.Sprintf("%p %q", l, names), func() error {
		if t := l.covering(want); t != nil && !t.stale {
			return nil
		}
		t, err := r.ownToken(ctx, ch, l, want)
		if err != nil {
			return err
		}
		l.put(*t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if t := l.covering(need); t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("getting a token of %q for %s: the response has no token", r.host, strings.Join(names, " "))
}

// ownToken returns a new token, which no other request uses.
func (r *Registry) ownToken(ctx context.Context, ch *transport.Challenge, l *login, want scopes) (*token, error) {
	names := want.strings()
	value, err := r.requestToken(ctx, ch, l, names)
	if err != nil {
		return nil, &TokenError{Registry: r.host, Scopes: names, Err: err}
	}
	return &token{scopes: want, value: value}, nil
}

// requestToken requests a token from the registry's token server.
//
// See https://distribution.github.io/distribution/spec/auth/token/.
func (r *Registry) requestToken(ctx context.Context, ch *transport.Challenge, l *login, names []string) (string, error) {
	var opts []name.Option
	if ch.Insecure {
		opts = append(opts, name.Insecure)
	}
	reg, err := name.NewRegistry(r.host, opts...)
	if err != nil {
		return "", err
	}
	if err := r.checkRealm(ctx, ch); err != nil {
		return "", httperr.Permanent(err)
	}
	answer, err := transport.Exchange(ctx, reg, l.authenticator, r.direct, names, ch)
	if err != nil {
		// Temporary failures were already retried below.
		return "", httperr.Permanent(tokenError(ctx, err))
	}
	// OAuth2 calls it access_token; if a server sends both, they are the same.
	if answer.AccessToken != "" {
		return answer.AccessToken, nil
	}
	return answer.Token, nil
}

// checkRealm rejects a token server on this machine, unless the registry is there, too. The
// library does that only for addresses, not for names such as localhost.
func (r *Registry) checkRealm(ctx context.Context, ch *transport.Challenge) error {
	realm, err := url.Parse(ch.Parameters["realm"])
	if err != nil {
		return errors.New("the address of the token server is not a valid URL")
	}
	if err := origin.CheckLead(ctx, &url.URL{Host: r.host}, realm); err != nil && (r.local == nil || !r.local(realm.Host)) {
		return err
	}
	return nil
}

// tokenError keeps the token server's response out of errors: a response without a token
// may contain another secret.
func tokenError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var te *transport.Error
	if errors.As(err, &te) {
		return httperr.Clean(te)
	}
	if strings.Contains(err.Error(), "no token in bearer response") {
		return errors.New("the token server's response has no token")
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return errors.New("the token server's response is not JSON")
	}
	return httperr.Redact(err)
}

// covering returns a copy of a token that covers need, preferably a fresh one.
func (l *login) covering(need scopes) *token {
	l.mu.Lock()
	defer l.mu.Unlock()
	var stale *token
	for _, t := range l.tokens {
		if !t.scopes.covers(need) {
			continue
		}
		found := *t
		if !t.stale {
			return &found
		}
		if stale == nil {
			stale = &found
		}
	}
	return stale
}

// put stores a token and replaces that for the same scopes.
func (l *login) put(t token) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, have := range l.tokens {
		if have.scopes.covers(t.scopes) && t.scopes.covers(have.scopes) {
			l.tokens[i] = &t
			return
		}
	}
	l.tokens = append(l.tokens, &t)
}

// reject marks a token that the registry rejected, unless it has been replaced.
func (l *login) reject(value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.tokens {
		if t.value == value {
			t.stale = true
		}
	}
}
