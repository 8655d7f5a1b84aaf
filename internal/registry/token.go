package registry

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ocompose/ocompose/internal/registry/storage"
)

// tokenPath is the path of the token endpoint on the registry's own host.
const tokenPath = "/token"

// grant has the scopes of a token until it expires.
type grant struct {
	rights  map[scope]bool
	expires time.Time
}

func (g grant) covers(right scope) bool {
	return g.rights[right]
}

// tokens are the issued tokens.
type tokens struct {
	mu      sync.Mutex
	granted map[string]grant
}

func (t *tokens) find(token string) (grant, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found, ok := t.granted[token]
	if !ok || time.Now().After(found.expires) {
		return grant{}, false
	}
	return found, true
}

func (t *tokens) add(g grant) string {
	token := rand.Text()
	t.mu.Lock()
	defer t.mu.Unlock()
	for old, granted := range t.granted {
		if time.Now().After(granted.expires) {
			delete(t.granted, old)
		}
	}
	t.granted[token] = g
	return token
}

// serveToken issues a token: for GET with or without Basic credentials, or for an OAuth 2 form.
func (a *auth) serveToken(w http.ResponseWriter, req *http.Request) error {
	if !a.bearer {
		return failure(http.StatusNotFound, codeUnsupported, "no such endpoint")
	}
	var user string
	var ok bool
	var asked []string
	switch req.Method {
	case http.MethodGet:
		user, ok = a.login(req)
		asked = req.URL.Query()["scope"]
	case http.MethodPost:
		req.Body = http.MaxBytesReader(w, req.Body, 1<<20)
		if err := req.ParseForm(); err != nil {
			return failure(http.StatusBadRequest, codeUnsupported, "the form is invalid: %v", err)
		}
		user, ok = a.oauth(req)
		asked = req.PostForm["scope"]
	default:
		return notAllowed(w.Header(), "GET, POST")
	}
	if !ok {
		return failure(http.StatusUnauthorized, codeUnauthorized, "the user name or password is wrong")
	}
	scopes := strings.Fields(strings.Join(asked, " "))
	if a.access.MaxScopes > 0 && len(scopes) > a.access.MaxScopes {
		return failure(http.StatusBadRequest, codeUnsupported, "a token request can have at most %d scopes", a.access.MaxScopes)
	}
	token := a.tokens.add(grant{rights: a.rights(user, scopes), expires: time.Now().Add(a.access.Lifetime)})
	if a.access.OnToken != nil {
		a.access.OnToken(user, scopes)
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, req, "application/json", map[string]any{
		"token":        token,
		"access_token": token,
		"expires_in":   max(int(a.access.Lifetime/time.Second), 1),
		"issued_at":    time.Now().UTC().Format(time.RFC3339),
	})
}

func (a *auth) oauth(req *http.Request) (user string, ok bool) {
	switch req.PostForm.Get("grant_type") {
	case "refresh_token":
		user, ok = a.access.IdentityTokens[req.PostForm.Get("refresh_token")]
		return user, ok
	case "password":
		user = req.PostForm.Get("username")
		return user, a.knows(user, req.PostForm.Get("password"))
	}
	return "", false
}

// rights returns the requested scopes that the user has. Invalid scopes are ignored.
func (a *auth) rights(user string, scopes []string) map[scope]bool {
	rights := make(map[scope]bool)
	for _, text := range scopes {
		if text == "registry:catalog:*" {
			rights[scope{"", catalogAction}] = a.access.Allow(user, "", catalogAction)
			continue
		}
		rest, ok := strings.CutPrefix(text, "repository:")
		colon := strings.LastIndexByte(rest, ':')
		if !ok || colon < 0 || !storage.IsName(rest[:colon]) {
			continue
		}
		for action := range strings.SplitSeq(rest[colon+1:], ",") {
			actions := []string{action}
			if action == "*" {
				actions = []string{"pull", "push", "delete"}
			}
			for _, action := range actions {
				rights[scope{rest[:colon], action}] = a.access.Allow(user, rest[:colon], action)
			}
		}
	}
	return rights
}
