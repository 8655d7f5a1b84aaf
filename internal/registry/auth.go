package registry

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ocompose/ocompose/internal/registry/storage"
)

// Access configures the users and permissions of a registry with authentication.
type Access struct {
	// Users are the passwords by user name.
	Users map[string]string
	// IdentityTokens are the user names by refresh token, for the token endpoint.
	IdentityTokens map[string]string
	// Allow reports whether a user, "" without credentials, may "pull", "push" or "delete" in a repository; the action "*"
	// in "" is the list of repositories. If nil, every user may do everything, and anonymous clients nothing.
	Allow func(user, repository, action string) bool
	// Lifetime is how long a token is valid; zero means five minutes.
	Lifetime time.Duration
	// MaxScopes is the maximum number of scopes in one token request; zero means no limit. More are rejected with 400, as
	// by some hosted registries.
	MaxScopes int
	// OnToken is called for each issued token, with the requested scopes.
	OnToken func(user string, scopes []string)
}

// WithBasicAuth requires a user name and password with every request.
func WithBasicAuth(access Access) Option {
	return func(s *settings) { s.auth = newAuth(access, false) }
}

// WithTokenAuth requires a bearer token from the path /token of the same host, for the repositories and actions of the
// request (the specification of Docker's registry, https://distribution.github.io/distribution/spec/auth/token/).
func WithTokenAuth(access Access) Option {
	return func(s *settings) { s.auth = newAuth(access, true) }
}

type auth struct {
	access Access
	bearer bool
	tokens tokens
}

func newAuth(access Access, bearer bool) *auth {
	if access.Allow == nil {
		access.Allow = func(user, _, _ string) bool { return user != "" }
	}
	if access.Lifetime == 0 {
		access.Lifetime = 5 * time.Minute
	}
	return &auth{access: access, bearer: bearer, tokens: tokens{granted: make(map[string]grant)}}
}

// scope is the permission for one action; a request may need several.
type scope struct{ repository, action string }

const catalogAction = "*"

// needed returns the scopes that a request needs.
func needed(req *http.Request, at route) []scope {
	switch at.endpoint {
	case endpointBase:
		return nil
	case endpointCatalog:
		return []scope{{"", catalogAction}}
	}
	switch {
	case req.Method == http.MethodDelete && at.endpoint != endpointUpload:
		return []scope{{at.name, "delete"}}
	case reads(req) && at.endpoint != endpointUpload:
		return []scope{{at.name, "pull"}}
	}
	rights := []scope{{at.name, "pull"}, {at.name, "push"}}
	if from := req.URL.Query().Get("from"); at.endpoint == endpointUploads && from != "" && storage.IsName(from) {
		rights = append(rights, scope{from, "pull"})
	}
	return rights
}

// check rejects an unauthorized request, with a challenge in the header.
func (a *auth) check(header http.Header, req *http.Request, at route) error {
	rights := needed(req, at)
	if a.bearer {
		return a.checkToken(header, req, rights)
	}
	user, ok := a.login(req)
	denied := !ok
	for _, right := range rights {
		denied = denied || !a.access.Allow(user, right.repository, right.action)
	}
	switch {
	case !denied && (user != "" || len(rights) > 0):
		return nil
	case user != "":
		return failure(http.StatusForbidden, codeDenied, "%s may not do that", user)
	}
	header.Set("Www-Authenticate", `Basic realm="ocompose"`)
	return failure(http.StatusUnauthorized, codeUnauthorized, "the registry requires a user name and password")
}

// login returns the user of the request's Basic credentials, "" if there are none; false if they are wrong.
func (a *auth) login(req *http.Request) (string, bool) {
	if req.Header.Get("Authorization") == "" {
		return "", true
	}
	user, password, ok := req.BasicAuth()
	if !ok || !a.knows(user, password) {
		return "", false
	}
	return user, true
}

func (a *auth) knows(user, password string) bool {
	want, ok := a.access.Users[user]
	return ok && subtle.ConstantTimeCompare([]byte(want), []byte(password)) == 1
}

func (a *auth) checkToken(header http.Header, req *http.Request, rights []scope) error {
	token, isBearer := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	granted, valid := a.tokens.find(token)
	missing := false
	for _, right := range rights {
		missing = missing || !granted.covers(right)
	}
	if isBearer && valid && !missing {
		return nil
	}
	scheme := "http"
	if req.TLS != nil {
		scheme = "https"
	}
	challenge := fmt.Sprintf(`Bearer realm="%s://%s%s",service="%s"`, scheme, req.Host, tokenPath, req.Host)
	if len(rights) > 0 {
		challenge += fmt.Sprintf(`,scope="%s"`, scopeText(rights))
	}
	switch {
	case isBearer && valid:
		challenge += `,error="insufficient_scope"`
	case isBearer:
		challenge += `,error="invalid_token"`
	}
	header.Set("Www-Authenticate", challenge)
	return failure(http.StatusUnauthorized, codeUnauthorized, "the registry requires a token that allows this")
}

// scopeText formats scopes as in a challenge: the actions in one repository together.
func scopeText(rights []scope) string {
	var parts []string
	for i, right := range rights {
		if right.action == catalogAction && right.repository == "" {
			parts = append(parts, "registry:catalog:*")
			continue
		}
		if i > 0 && rights[i-1].repository == right.repository {
			parts[len(parts)-1] += "," + right.action
			continue
		}
		parts = append(parts, "repository:"+right.repository+":"+right.action)
	}
	return strings.Join(parts, " ")
}
