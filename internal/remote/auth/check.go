package auth

import (
	"context"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// HeaderFor returns the Authorization header that a login makes for a request that needs no
// permission in particular. It asks the token server where the registry names one. Asked is
// false where the registry asks for no login.
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
