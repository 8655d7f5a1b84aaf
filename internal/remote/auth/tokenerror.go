package auth

import (
	"fmt"
	"strings"
)

// A TokenError tells that no token for a registry could be had: where it wraps an answer,
// the registry's token server refuses the login, or nobody without one is given a token.
type TokenError struct {
	// Registry is the registry's host, which may be another one than the token server's.
	Registry string
	// Scopes are what the token was for.
	Scopes []string
	// Err is why.
	Err error
}

func (e *TokenError) Error() string {
	return fmt.Sprintf("getting a token of %q for %s: %v", e.Registry, strings.Join(e.Scopes, " "), e.Err)
}

// Unwrap returns why.
func (e *TokenError) Unwrap() error { return e.Err }
