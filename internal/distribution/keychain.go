package distribution

import "github.com/google/go-containerregistry/pkg/authn"

// DefaultKeychain finds credentials where Docker and Podman keep them.
func DefaultKeychain() authn.Keychain { return authn.DefaultKeychain }
