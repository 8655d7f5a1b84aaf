//go:build unix

package hostile

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	user     = "alice"
	password = "wonderland"
	identity = "identity-hush"
	issued   = "token-hush"
)

// secrets must not be sent to any host except the registry and its token server.
var secrets = []string{password, base64.StdEncoding.EncodeToString([]byte(user + ":" + password)), identity, issued, "Authorization"}

// A witness is a host that records all requests, and returns configured responses.
type witness struct {
	// host has a name: token servers at addresses of this machine are refused anyway.
	host string
	mu   sync.Mutex
	seen strings.Builder
}

func newWitness(t testing.TB, answer http.HandlerFunc) *witness {
	w := &witness{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(req.Body, 1<<20))
		w.mu.Lock()
		fmt.Fprintf(&w.seen, "%s %s %v %s\n", req.Method, req.URL, req.Header, body)
		w.mu.Unlock()
		answer(rw, req)
	}))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	w.host = strings.Replace(strings.TrimPrefix(server.URL, "http://"), "127.0.0.1", "localhost", 1)
	return w
}

func (w *witness) saw() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen.String()
}

// logins are the kinds of logins of a registry: the challenge, and the user's credentials.
var logins = map[string]struct {
	challenge func(host string) string
	entry     map[string]string
}{
	"basic":          {func(string) string { return `Basic realm="x"` }, map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(user + ":" + password))}},
	"bearer":         {bearerOf, map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(user + ":" + password))}},
	"identity token": {bearerOf, map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte("00000000-0000-0000-0000-000000000000:")), "identitytoken": identity}},
}

func bearerOf(host string) string {
	return fmt.Sprintf(`Bearer realm="http://%s/token",service="registry"`, host)
}

// login makes a registry demand a login, and gives the user one.
func (e *evil) login(t testing.TB, c *command, kind string) *[]string {
	t.Helper()
	login := logins[kind]
	var mu sync.Mutex
	scopes := &[]string{}
	e.on("(GET|POST) /token$", func(w http.ResponseWriter, req *http.Request) {
		_ = req.ParseForm()
		mu.Lock()
		*scopes = append(*scopes, req.Form["scope"]...)
		mu.Unlock()
		fmt.Fprintf(w, `{"token":%q,"access_token":%q}`, issued, issued)
	})
	e.gate = func(w http.ResponseWriter, req *http.Request) bool {
		if !strings.HasPrefix(req.URL.Path, "/v2/") || req.Header.Get("Authorization") != "" {
			return true
		}
		w.Header().Set("WWW-Authenticate", login.challenge(e.host))
		w.WriteHeader(http.StatusUnauthorized)
		return false
	}
	c.config(map[string]any{"auths": map[string]any{e.host: login.entry}})
	return scopes
}

// config writes the user's configuration of Docker.
func (c *command) config(v any) {
	c.t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(c.t, err)
	dir := filepath.Join(c.home, ".docker")
	require.NoError(c.t, os.MkdirAll(dir, 0o700))
	require.NoError(c.t, os.WriteFile(filepath.Join(dir, "config.json"), raw, 0o600))
}

// TestNoSecretGoesElsewhere: a host that a registry redirects to gets no secret of the registry's
// login, with any challenge, and does not affect the registry's authentication.
func TestNoSecretGoesElsewhere(t *testing.T) {
	for kind := range logins {
		for name, challenge := range map[string]func(own, registry string) string{
			"basic":         func(string, string) string { return `Basic realm="x"` },
			"bearer of own": func(own, _ string) string { return bearerOf(own) },
			"wider scope": func(_, registry string) string {
				return bearerOf(registry) + `,scope="repository:other/secret:pull,push"`
			},
		} {
			for _, what := range []string{"manifests", "blobs"} {
				t.Run(kind+"/"+name+"/"+what, func(t *testing.T) {
					t.Parallel()
					e, c := newEvil(t), newCommand(t)
					var other *witness
					other = newWitness(t, func(w http.ResponseWriter, req *http.Request) {
						if strings.HasSuffix(req.URL.Path, "/token") {
							fmt.Fprint(w, `{"token":"of-another"}`)
							return
						}
						w.Header().Set("WWW-Authenticate", challenge(other.host, e.host))
						w.WriteHeader(http.StatusUnauthorized)
					})
					e.composition(t, repo, tag, innocent)
					scopes := e.login(t, c, kind)
					e.on("^GET .*/"+what+"/", func(w http.ResponseWriter, req *http.Request) {
						http.Redirect(w, req, "http://"+other.host+req.URL.Path, http.StatusTemporaryRedirect)
					})
					end := c.run("pull", "-d", "out", e.host+"/"+repo+":"+tag)
					require.NotZero(t, end.status)
					require.Contains(t, other.saw(), "/"+what+"/", "no request was redirected: %s", end.stderr)
					for _, secret := range secrets {
						require.NotContains(t, other.saw(), secret)
					}
					for _, scope := range *scopes {
						require.NotContains(t, scope, "other/secret")
					}
				})
			}
		}
	}
}

// TestIdentityTokenIsNotRedirected: a token request with a body follows no redirect.
func TestIdentityTokenIsNotRedirected(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTemporaryRedirect, http.StatusPermanentRedirect, http.StatusFound} {
		e, c := newEvil(t), newCommand(t)
		e.composition(t, repo, tag, innocent)
		other := newWitness(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"access_token":"of-another"}`) })
		e.on("POST /token$", func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, "http://"+other.host+"/token", status)
		})
		e.login(t, c, "identity token")
		require.NotZero(t, c.run("inspect", e.host+"/"+repo+":"+tag).status)
		require.Positive(t, e.requests("^POST /token$"))
		require.NotContains(t, other.saw(), identity)
	}
}

// TestUnknownChallengesGetNothing: a password is sent only for Basic.
func TestUnknownChallengesGetNothing(t *testing.T) {
	for _, challenge := range []string{`Digest realm="x", nonce="1"`, "NTLM", "Negotiate", ",,,,", "", `"Basic"`, "Basically", `Bearer`, `Bearer realm=""`, `Bearer service="x"`} {
		t.Run(challenge, func(t *testing.T) {
			t.Parallel()
			e, c := newEvil(t), newCommand(t)
			e.composition(t, repo, tag, innocent)
			e.login(t, c, "basic")
			var sent atomic.Bool
			e.gate = func(w http.ResponseWriter, req *http.Request) bool {
				if req.Header.Get("Authorization") != "" {
					sent.Store(true)
				}
				w.Header()["WWW-Authenticate"] = []string{challenge}
				w.WriteHeader(http.StatusUnauthorized)
				return false
			}
			end := c.run("inspect", e.host+"/"+repo+":"+tag)
			require.NotZero(t, end.status)
			require.False(t, sent.Load(), "the password was sent: %s", end.stderr)
		})
	}
}

// TestMovedUploadGetsNoCredentials: another host gets the upload that the registry moved there,
// without credentials, and no DELETE request.
func TestMovedUploadGetsNoCredentials(t *testing.T) {
	t.Parallel()
	e, c := newEvil(t), newCommand(t)
	e.composition(t, repo, tag, innocent)
	other := newWitness(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	e.login(t, c, "basic")
	e.on("POST .*/blobs/uploads/", func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Location", "http://"+other.host+req.URL.Path+"1")
		w.WriteHeader(http.StatusAccepted)
	})
	c.run("copy", e.host+"/"+repo+":"+tag, e.host+"/copied:1")
	require.NotContains(t, other.saw(), "DELETE")
	for _, secret := range secrets {
		require.NotContains(t, other.saw(), secret)
	}
}

// TestInvalidLoginOfAnotherHost: only the entry of the requested host counts.
func TestInvalidLoginOfAnotherHost(t *testing.T) {
	t.Parallel()
	e, c := newEvil(t), newCommand(t)
	e.composition(t, repo, tag, innocent)
	e.login(t, c, "basic")
	c.config(map[string]any{"auths": map[string]any{"other.example": map[string]string{"auth": "%%%"}, e.host: logins["basic"].entry}})
	end := c.run("inspect", e.host+"/"+repo+":"+tag)
	require.Zero(t, end.status, end.stderr)
}

// TestCredentialHelperIsCalledOnce: a command that a registry rejects does not call the credential
// helper again for its hint, which could hang.
func TestCredentialHelperIsCalledOnce(t *testing.T) {
	t.Parallel()
	e, c := newEvil(t), newCommand(t)
	e.composition(t, repo, tag, innocent)
	e.gate = func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("WWW-Authenticate", logins["basic"].challenge(e.host))
		w.WriteHeader(http.StatusUnauthorized)
		return false
	}
	called := filepath.Join(c.dir, "called")
	c.helper(t, fmt.Sprintf("test -f %s && { sleep 600 & echo $! >>pids; wait; }\necho >%s\necho '{\"Username\":%q,\"Secret\":%q}'", called, called, user, password))
	end := c.run("inspect", e.host+"/"+repo+":"+tag)
	require.Equal(t, 5, end.status, end.stderr)
	require.Contains(t, end.stderr, "the login as "+user)
}
