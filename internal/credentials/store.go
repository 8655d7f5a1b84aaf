// Package credentials stores logins where Docker and Podman store theirs, so that the
// programs share them: in $REGISTRY_AUTH_FILE, otherwise in Docker's config.json and its
// credential helpers.
//
// Unknown fields of the file are kept. The file is replaced atomically, and only its owner
// can read it before a secret is written.
package credentials

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/config/credentials"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/internal/keystore"
)

// A Login has the credentials for a registry: a user name and a password, or an identity
// token, which is exchanged for access tokens.
type Login struct {
	Username, Password string
	IdentityToken      string
}

// A Store stores logins.
type Store struct {
	path string
	// podman reports that the file has Podman's format, in which the key of Docker Hub is its
	// name.
	podman bool
}

// Open returns the store for an environment. It does not read any file.
func Open(getenv func(string) string) (*Store, error) {
	if path := getenv("REGISTRY_AUTH_FILE"); path != "" {
		return &Store{path: path, podman: true}, nil
	}
	if dir := getenv("DOCKER_CONFIG"); dir != "" {
		return &Store{path: filepath.Join(dir, "config.json")}, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, fmt.Errorf("finding the home folder, where logins are stored: %w; set DOCKER_CONFIG", err)
	}
	return &Store{path: filepath.Join(home, ".docker", "config.json")}, nil
}

// Put stores a login to a registry, replaces an existing one, and returns where it is
// stored: a file, or a credential helper. plain reports that the file contains the password
// unencrypted.
func (s *Store) Put(ctx context.Context, registry name.Registry, login Login) (where string, plain bool, err error) {
	err = s.change(func(f *file) error {
		key := s.key(registry)
		entry := types.AuthConfig{Username: login.Username, Password: login.Password, IdentityToken: login.IdentityToken, ServerAddress: key}
		helper := f.helper(key)
		if helper == "" {
			where, plain = s.path, true
			f.config.GetAuthConfigs()[key] = entry
			return f.Save()
		}
		where = "the credential helper docker-credential-" + helper
		if err := keystore.Store(ctx, helper, entry); err != nil {
			return fmt.Errorf("%s, which %s names: %w", where, s.path, without(err, login.Password, login.IdentityToken))
		}
		f.config.GetAuthConfigs()[key] = types.AuthConfig{ServerAddress: key}
		return f.Save()
	})
	if err != nil {
		return "", false, fmt.Errorf("storing the login to %s: %w", Name(registry), err)
	}
	return where, plain, nil
}

// Remove removes the login to a registry, and reports whether there was one.
func (s *Store) Remove(ctx context.Context, registry name.Registry) (found bool, err error) {
	err = s.change(func(f *file) error {
		for _, key := range s.keys(registry) {
			_, there := f.config.GetAuthConfigs()[key]
			helper := f.helper(key)
			if helper == "" {
				delete(f.config.GetAuthConfigs(), key)
				found = found || there
				continue
			}
			if login, err := keystore.Get(ctx, helper, key); err != nil {
				return fmt.Errorf("the credential helper docker-credential-%s, which %s names: %w", helper, s.path, err)
			} else if login == (types.AuthConfig{ServerAddress: login.ServerAddress}) {
				continue
			}
			found = true
			if err := keystore.Erase(ctx, helper, key); err != nil {
				return fmt.Errorf("the credential helper docker-credential-%s, which %s names: %w", helper, s.path, err)
			}
			delete(f.config.GetAuthConfigs(), key)
		}
		return f.Save()
	})
	if err != nil {
		return false, fmt.Errorf("removing the login to %s: %w", Name(registry), err)
	}
	return found, nil
}

// Path returns the file that stores the logins, or names the helpers.
func (s *Store) Path() string { return s.path }

// Name returns the name of a registry for display.
func Name(registry name.Registry) string {
	if registry.RegistryStr() == name.DefaultRegistry {
		return "docker.io"
	}
	return registry.RegistryStr()
}

// dockerHub is the key under which Docker stores the login to Docker Hub.
const dockerHub = "https://index.docker.io/v1/"

// key returns the key under which a login is stored.
func (s *Store) key(registry name.Registry) string {
	if registry.RegistryStr() == name.DefaultRegistry && !s.podman {
		return dockerHub
	}
	return Name(registry)
}

// keys returns the keys under which a login may be stored.
func (s *Store) keys(registry name.Registry) []string {
	if registry.RegistryStr() != name.DefaultRegistry {
		return []string{registry.RegistryStr()}
	}
	return []string{dockerHub, "docker.io", "index.docker.io", "registry-1.docker.io"}
}

// helper returns the credential helper for a key, or "" if logins are stored in the file.
// As in Docker, a file without logins uses the helper of the system, if there is one.
func (f *file) helper(key string) string {
	if helper, ok := f.config.CredentialHelpers[key]; ok {
		return helper
	}
	if f.podman || f.config.ContainsAuth() {
		return f.config.CredentialsStore
	}
	f.config.CredentialsStore = credentials.DetectDefaultStore("")
	return f.config.CredentialsStore
}

// without removes secrets from the message of an error.
func without(err error, secrets ...string) error {
	text := err.Error()
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return fmt.Errorf("%s", strings.TrimSpace(text))
}
