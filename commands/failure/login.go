package failure

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/credentials"
	"github.com/ocompose/ocompose/internal/remote"
)

// A LoginError tells that a registry refuses a login that was typed.
type LoginError struct {
	Registry string // as the user names it
	Err      error
}

func (e *LoginError) Error() string {
	return fmt.Sprintf("%s refuses the login: the name, the password or the token is wrong: %v", e.Registry, e.Err)
}

func (e *LoginError) Unwrap() error { return e.Err }

// loginHint is what a user may try whom a registry refuses something: it depends on whether
// there is a login to the registry, and on what was refused, the login or the request.
func loginHint(t *terminal.Terminal, err error) string {
	target, ok := refusedAt(err)
	if !ok {
		return "log in with ocompose login, as with docker login"
	}
	host := credentials.Name(registryOf(target))
	login, known := loginTo(t, target)
	var token *remote.TokenError
	switch {
	case !known:
		return fmt.Sprintf("log in with ocompose login %s, as with docker login: there is no login to it yet", host)
	case errors.As(err, &token):
		return fmt.Sprintf("the login%s is refused: renew it with ocompose login %s, as with docker login", login, host)
	case answers(http.StatusForbidden)(err):
		return fmt.Sprintf("check the repository's name: the login%s at %s (ocompose login, docker login) does not allow it", login, host)
	default:
		return fmt.Sprintf("check the repository's name, or renew the login%s with ocompose login %s, as with docker login", login, host)
	}
}

// loginTo returns the login that there is, for people: " as NAME".
func loginTo(t *terminal.Terminal, target authn.Resource) (login string, known bool) {
	logins := t.Logins
	if logins == nil {
		logins = remote.DefaultKeychain()
	}
	auth, err := logins.Resolve(target)
	if err != nil || auth == authn.Anonymous {
		return "", false
	}
	config, err := auth.Authorization()
	if err != nil || *config == (authn.AuthConfig{}) {
		return "", false
	}
	if config.Username == "" {
		return "", true
	}
	return " as " + config.Username, true
}

// refusedAt returns the repository, or else the registry, whose answer an error is.
func refusedAt(err error) (authn.Resource, bool) {
	var token *remote.TokenError
	if errors.As(err, &token) {
		for _, scope := range token.Scopes {
			if parts := strings.Split(scope, ":"); len(parts) == 3 {
				if repo, err := name.NewRepository(token.Registry + "/" + parts[1]); err == nil {
					return repo, true
				}
			}
		}
		registry, err := name.NewRegistry(token.Registry)
		return registry, err == nil
	}
	var answer *transport.Error
	if !errors.As(err, &answer) || answer.Request == nil || answer.Request.URL == nil {
		return nil, false
	}
	path := strings.TrimPrefix(answer.Request.URL.Path, "/v2/")
	for _, end := range []string{"/manifests/", "/blobs/", "/tags/", "/referrers/"} {
		if i := strings.LastIndex(path, end); i > 0 {
			if repo, err := name.NewRepository(answer.Request.URL.Host + "/" + path[:i]); err == nil {
				return repo, true
			}
		}
	}
	registry, err := name.NewRegistry(answer.Request.URL.Host)
	return registry, err == nil
}

// registryOf is the registry of a repository, or the registry itself.
func registryOf(target authn.Resource) name.Registry {
	switch target := target.(type) {
	case name.Repository:
		return target.Registry
	case name.Registry:
		return target
	default:
		return name.Registry{}
	}
}
