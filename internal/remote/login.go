package remote

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// CheckLogin logs in to a registry. Its error is that of IsUnauthorized where the registry,
// or the token server that it names, refuses the login. Checked is false where the registry
// asks for no login: then it says nothing about this one.
//
// See https://distribution.github.io/distribution/spec/auth/token/.
func (c *Client) CheckLogin(ctx context.Context, registry name.Registry, login authn.AuthConfig) (checked bool, err error) {
	h := c.hostOf(registry)
	if err := c.ping(ctx, h); err != nil {
		return false, err
	}
	h.mu.Lock()
	challenge, scheme := h.challenge, h.scheme
	h.mu.Unlock()
	if challenge == nil {
		return false, nil
	}
	var header string
	switch strings.ToLower(challenge.Scheme) {
	case "basic":
		header = basicAuthorization(login)
	case "bearer":
		if header, err = c.tokenFor(ctx, h.name, challenge, login); err != nil {
			return true, err
		}
	default:
		return true, &ChallengeError{Registry: h.name, Schemes: []string{cleanText(challenge.Scheme)}}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+h.name+"/v2/", nil)
	if err != nil {
		return false, err
	}
	res, err := c.direct.RoundTrip(req.WithContext(withStamp(ctx, stamp{scheme: scheme, host: h.name, authorization: header})))
	if err != nil {
		return true, fmt.Errorf("logging in to registry %q: %w", h.name, redact(err))
	}
	defer res.Body.Close()
	if err := CheckStatus(res, http.StatusOK); err != nil {
		return true, fmt.Errorf("logging in to registry %q: %w", h.name, err)
	}
	return true, nil
}

// tokenFor exchanges a login for a token that allows nothing in particular.
func (c *Client) tokenFor(ctx context.Context, host string, challenge *transport.Challenge, login authn.AuthConfig) (string, error) {
	var opts []name.Option
	if challenge.Insecure {
		opts = append(opts, name.Insecure)
	}
	registry, err := name.NewRegistry(host, opts...)
	if err != nil {
		return "", err
	}
	token, err := transport.Exchange(ctx, registry, authn.FromConfig(login), c.direct, nil, challenge)
	if err != nil {
		return "", fmt.Errorf("logging in to registry %q: %w", host, tokenError(ctx, err))
	}
	if token.AccessToken != "" {
		return "Bearer " + token.AccessToken, nil
	}
	return "Bearer " + token.Token, nil
}
