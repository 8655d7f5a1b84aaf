package auth

import (
	"fmt"
	"strings"
)

// A TokenError reports that no token for a registry was issued. If it wraps a response, the
// registry's token server denied the login, or requires one.
type TokenError struct {
	// Registry is the registry's host, which may differ from the token server's.
	Registry string
	// Scopes are the requested scopes.
	Scopes []string
	// Err is the reason.
	Err error
}

func (e *TokenError) Error() string {
	return fmt.Sprintf("getting a token of %q for %s: %v", e.Registry, strings.Join(e.Scopes, " "), e.Err)
}

// Unwrap returns the reason.
func (e *TokenError) Unwrap() error { return e.Err }
