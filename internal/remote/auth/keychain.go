package auth

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/internal/keystore"
)

// DefaultKeychain finds credentials in the files of Docker and Podman, in this order:
//
//   - $REGISTRY_AUTH_FILE
//   - $DOCKER_CONFIG/config.json, or ~/.docker/config.json
//   - $XDG_RUNTIME_DIR/containers/auth.json, or /run/containers/UID/auth.json
//   - $XDG_CONFIG_HOME/containers/auth.json, or ~/.config/containers/auth.json
//
// The first file with credentials for the repository is used. In each file, the most
// specific entry is used, as written by Podman (registry/team before registry), and
// credential helpers are called once per registry. If nothing is found, the result is
// authn.Anonymous.
//
// The library's own default reads only one of these files, and only its entries for the
// exact repository and registry.
func DefaultKeychain() authn.Keychain { return &keychain{paths: authFiles(os.Getenv)} }

// authFiles lists the files that may contain credentials.
func authFiles(getenv func(string) string) []string {
	home, _ := os.UserHomeDir()
	var out []string
	add := func(base string, elem ...string) {
		if base != "" {
			out = append(out, filepath.Join(append([]string{base}, elem...)...))
		}
	}
	orHome := func(env string, elem ...string) string {
		if dir := getenv(env); dir != "" || home == "" {
			return dir
		}
		return filepath.Join(append([]string{home}, elem...)...)
	}
	add(getenv("REGISTRY_AUTH_FILE"))
	add(orHome("DOCKER_CONFIG", ".docker"), "config.json")
	if dir := getenv("XDG_RUNTIME_DIR"); dir != "" {
		add(dir, "containers", "auth.json")
	} else {
		add("/run/containers", strconv.Itoa(os.Getuid()), "auth.json")
	}
	add(orHome("XDG_CONFIG_HOME", ".config"), "containers", "auth.json")
	return out
}

// keychain looks up credentials in files in Docker's format.
type keychain struct {
	paths []string

	mu    sync.Mutex
	files []*authFile
	err   error
	read  bool
}

// Resolve implements authn.Keychain.
func (k *keychain) Resolve(target authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), target)
}

// ResolveContext implements authn.ContextKeychain. A credential helper ends with ctx.
func (k *keychain) ResolveContext(ctx context.Context, target authn.Resource) (authn.Authenticator, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.read {
		k.files, k.err = readAuthFiles(k.paths)
		k.read = true
	}
	if k.err != nil {
		return nil, k.err
	}
	var failed error
	for _, f := range k.files {
		cfg, err := f.lookup(ctx, target)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		if cfg != (authn.AuthConfig{}) {
			return authn.FromConfig(cfg), nil
		}
	}
	if failed != nil {
		return nil, failed
	}
	return authn.Anonymous, nil
}

// lookup finds the most specific credentials of a file.
func (f *authFile) lookup(ctx context.Context, target authn.Resource) (authn.AuthConfig, error) {
	for key := target.String(); key != target.RegistryStr(); {
		for _, alias := range aliases(key) {
			if err := f.errorOf(alias); err != nil {
				return authn.AuthConfig{}, err
			}
			if cfg := convert(f.config.AuthConfigs[alias]); cfg != (authn.AuthConfig{}) {
				return cfg, nil
			}
		}
		i := strings.LastIndexByte(key, '/')
		if i < 0 {
			break
		}
		key = key[:i]
	}
	return f.registry(ctx, target.RegistryStr())
}

// registry finds the credentials for a whole registry. A helper is called only with the
// name under which Docker stores them, because each call starts a process; the other names
// of Docker Hub are only looked up in the file.
func (f *authFile) registry(ctx context.Context, reg string) (authn.AuthConfig, error) {
	main := reg
	if reg == name.DefaultRegistry {
		main = authn.DefaultAuthKey
	}
	cfg, err := f.host(ctx, main)
	if err != nil {
		return authn.AuthConfig{}, err
	}
	if c := convert(cfg); c != (authn.AuthConfig{}) {
		return c, nil
	}
	for _, key := range append(aliases(reg), main) {
		if err := f.errorOf(key); err != nil {
			return authn.AuthConfig{}, err
		}
		if c := convert(f.config.AuthConfigs[key]); c != (authn.AuthConfig{}) {
			return c, nil
		}
	}
	return authn.AuthConfig{}, nil
}

// host returns the credentials of the file, or its helper, for a whole registry.
func (f *authFile) host(ctx context.Context, key string) (types.AuthConfig, error) {
	if cfg, ok := f.hosts[key]; ok {
		return cfg, nil
	}
	cfg, err := f.stored(ctx, key)
	if err != nil {
		return types.AuthConfig{}, fmt.Errorf("calling the credential helper of %q: %w", f.path, err)
	}
	f.hosts[key] = cfg
	return cfg, nil
}

// stored returns the credentials in the environment, or else from the helper or the file.
func (f *authFile) stored(ctx context.Context, key string) (types.AuthConfig, error) {
	name, ok := f.config.CredentialHelpers[key]
	if !ok {
		name = f.config.CredentialsStore
	}
	if name == "" {
		return f.config.GetAuthConfig(key)
	}
	if os.Getenv(configfile.DockerEnvConfigKey) != "" {
		if cfg, err := configfile.New("").GetAuthConfig(key); err == nil && convert(cfg) != (authn.AuthConfig{}) {
			return cfg, nil
		}
	}
	return keystore.Get(ctx, name, key)
}

// aliases returns the equivalent names of a key of Docker Hub.
func aliases(key string) []string {
	rest, ok := strings.CutPrefix(key, name.DefaultRegistry)
	if !ok || rest != "" && rest[0] != '/' {
		return []string{key}
	}
	return []string{key, "docker.io" + rest, "registry-1.docker.io" + rest}
}

func convert(c types.AuthConfig) authn.AuthConfig {
	return authn.AuthConfig{
		Username: c.Username, Password: c.Password, Auth: c.Auth,
		IdentityToken: c.IdentityToken, RegistryToken: c.RegistryToken,
	}
}
