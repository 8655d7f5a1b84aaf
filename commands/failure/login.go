package failure

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/credentials"
	"github.com/ocompose/ocompose/internal/remote"
)

// A LoginError reports that a registry rejected the credentials that the user typed.
type LoginError struct {
	Registry string // as the user names it
	Err      error
}

func (e *LoginError) Error() string {
	return fmt.Sprintf("%s rejected the login: the name, the password or the token is wrong: %v", e.Registry, e.Err)
}

func (e *LoginError) Unwrap() error { return e.Err }

// loginHint is the hint for an unauthorized request. It depends on whether there is a login
// to the registry, and on whether the login or the request was rejected.
func loginHint(ctx context.Context, t *terminal.Terminal, err error) string {
	target, ok := refusedAt(err)
	if !ok {
		return "log in with ocompose login or docker login"
	}
	host := credentials.Name(registryOf(target))
	login, known, lookupErr := loginTo(ctx, t, target)
	var token *remote.TokenError
	switch {
	case lookupErr != nil:
		return fmt.Sprintf("log in with ocompose login %s or docker login", host)
	case !known:
		return fmt.Sprintf("log in with ocompose login %s or docker login: no login is stored yet", host)
	case errors.As(err, &token):
		return fmt.Sprintf("the login%s was rejected: renew it with ocompose login %s or docker login", login, host)
	case answers(http.StatusForbidden)(err):
		return fmt.Sprintf("check the repository's name: the login%s at %s (ocompose login, docker login) does not have access", login, host)
	default:
		return fmt.Sprintf("check the repository's name, or renew the login%s with ocompose login %s or docker login", login, host)
	}
}

// lookupTime limits the lookup of the login for a hint. The command has failed already, and should
// not wait for a credential helper that hangs.
const lookupTime = 2 * time.Second

// loginTo returns the stored login as text: " as NAME". It fails if the login can't be looked up
// in time.
func loginTo(ctx context.Context, t *terminal.Terminal, target authn.Resource) (login string, known bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	logins := t.Logins
	if logins == nil {
		logins = remote.DefaultKeychain()
	}
	auth, err := authn.Resolve(ctx, logins, target)
	if ctx.Err() != nil {
		return "", false, ctx.Err()
	}
	if err != nil || auth == authn.Anonymous {
		return "", false, nil
	}
	config, err := authn.Authorization(ctx, auth)
	if ctx.Err() != nil {
		return "", false, ctx.Err()
	}
	if err != nil || *config == (authn.AuthConfig{}) {
		return "", false, nil
	}
	if config.Username == "" {
		return "", true, nil
	}
	return " as " + config.Username, true, nil
}

// refusedAt returns the repository, or else the registry, that rejected a request.
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

// registryOf returns the registry of a repository, or the registry itself.
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
