package auth

import (
	"context"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// HeaderFor returns the Authorization header of a login, for a request that needs no
// particular permission. It requests a token if the registry names a token server. asked is
// false if the registry requires no login.
//
// See https://distribution.github.io/distribution/spec/auth/token/.
func (r *Registry) HeaderFor(ctx context.Context, config authn.AuthConfig) (header string, asked bool, err error) {
	ch := r.asks()
	switch {
	case ch == nil:
		return "", false, nil
	case usesTokens(ch):
		token, err := r.requestToken(ctx, ch, &login{authenticator: authn.FromConfig(config), config: config}, nil)
		return "Bearer " + token, true, err
	case strings.EqualFold(ch.Scheme, "basic"):
		return basicHeader(config), true, nil
	default:
		return "", true, &ChallengeError{Registry: r.host, Schemes: []string{httperr.CleanText(ch.Scheme)}}
	}
}
