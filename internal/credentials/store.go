// Package credentials keeps logins where Docker and Podman keep theirs, so that each
// program finds those of the others: in $REGISTRY_AUTH_FILE, or else in Docker's
// config.json and the credential helpers that it names.
//
// The file keeps what this package does not know, is replaced in one step, and is readable
// by its owner alone from before a secret is in it.
package credentials

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/config/credentials"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/name"
)

// A Login is how to log in to a registry: with a name and a password, or with an identity
// token, which is exchanged for others.
type Login struct {
	Username, Password string
	IdentityToken      string
}

// A Store is where logins are kept.
type Store struct {
	path string
	// podman tells that the file is of Podman's form, which calls Docker Hub by its name.
	podman bool
}

// Open returns the store that a login goes to in an environment. It reads nothing yet.
func Open(getenv func(string) string) (*Store, error) {
	if path := getenv("REGISTRY_AUTH_FILE"); path != "" {
		return &Store{path: path, podman: true}, nil
	}
	if dir := getenv("DOCKER_CONFIG"); dir != "" {
		return &Store{path: filepath.Join(dir, "config.json")}, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, fmt.Errorf("finding the home folder, which logins are kept in: %w; set DOCKER_CONFIG", err)
	}
	return &Store{path: filepath.Join(home, ".docker", "config.json")}, nil
}

// Put keeps a login to a registry, in place of the one that there is, and tells where: in
// a file, or with a credential helper. Plain tells that it can be read there by whoever can
// read the file.
func (s *Store) Put(registry name.Registry, login Login) (where string, plain bool, err error) {
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
		if err := credentials.NewNativeStore(f, helper).Store(entry); err != nil {
			return fmt.Errorf("%s, which %s names: %w", where, s.path, without(err, login.Password, login.IdentityToken))
		}
		return nil
	})
	if err != nil {
		return "", false, fmt.Errorf("keeping the login to %s: %w", Name(registry), err)
	}
	return where, plain, nil
}

// Remove removes the login to a registry, and tells whether there was one.
func (s *Store) Remove(registry name.Registry) (found bool, err error) {
	err = s.change(func(f *file) error {
		for _, key := range s.keys(registry) {
			_, there := f.config.GetAuthConfigs()[key]
			helper := f.helper(key)
			if helper == "" {
				delete(f.config.GetAuthConfigs(), key)
				found = found || there
				continue
			}
			native := credentials.NewNativeStore(f, helper)
			if login, err := native.Get(key); err != nil {
				return fmt.Errorf("the credential helper docker-credential-%s, which %s names: %w", helper, s.path, err)
			} else if login == (types.AuthConfig{ServerAddress: login.ServerAddress}) {
				continue
			}
			found = true
			if err := native.Erase(key); err != nil {
				return fmt.Errorf("the credential helper docker-credential-%s, which %s names: %w", helper, s.path, err)
			}
		}
		return f.Save()
	})
	if err != nil {
		return false, fmt.Errorf("removing the login to %s: %w", Name(registry), err)
	}
	return found, nil
}

// Path is the file that logins are kept in, or that names the helpers.
func (s *Store) Path() string { return s.path }

// Name is how people call a registry.
func Name(registry name.Registry) string {
	if registry.RegistryStr() == name.DefaultRegistry {
		return "docker.io"
	}
	return registry.RegistryStr()
}

// dockerHub is the key that Docker keeps the login to Docker Hub under.
const dockerHub = "https://index.docker.io/v1/"

// key is the name that a login is kept under.
func (s *Store) key(registry name.Registry) string {
	if registry.RegistryStr() == name.DefaultRegistry && !s.podman {
		return dockerHub
	}
	return Name(registry)
}

// keys are the names that a login may be kept under.
func (s *Store) keys(registry name.Registry) []string {
	if registry.RegistryStr() != name.DefaultRegistry {
		return []string{registry.RegistryStr()}
	}
	return []string{dockerHub, "docker.io", "index.docker.io", "registry-1.docker.io"}
}

// helper is the credential helper for a key, or empty where logins are kept in the file. As
// Docker does, a file without logins takes the helper of the system, if there is one.
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

// without takes secrets out of the text of an error.
func without(err error, secrets ...string) error {
	text := err.Error()
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return fmt.Errorf("%s", strings.TrimSpace(text))
}

var _ interface {
	Save() error
	GetAuthConfigs() map[string]types.AuthConfig
	GetFilename() string
} = (*file)(nil)
