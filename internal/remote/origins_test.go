package remote

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// witness is a host that does not belong to the registry: it records all requests and returns
// configured responses.
type witness struct {
	*httptest.Server
	mu   sync.Mutex
	seen strings.Builder
}

func newWitness(t *testing.T, answer http.HandlerFunc) *witness {
	w := &witness{}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(req.Body, 1<<20))
		w.mu.Lock()
		fmt.Fprintf(&w.seen, "%s %s %v %s\n", req.Method, req.URL, req.Header, body)
		w.mu.Unlock()
		answer(rw, req)
	}))
	t.Cleanup(w.Close)
	return w
}

func (w *witness) saw() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen.String()
}

// A login is a form of credentials, with its secret parts.
type login struct {
	name   string
	config authn.AuthConfig
	basic  bool
}

var (
	loginUsers = map[string]string{"alice": "wonderland"}
	loginKinds = []login{
		{name: "basic", basic: true, config: authn.AuthConfig{Username: "alice", Password: "wonderland"}},
		{name: "password for a token", config: authn.AuthConfig{Username: "alice", Password: "wonderland"}},
		{name: "encoded password for a token", config: authn.AuthConfig{Auth: base64.StdEncoding.EncodeToString([]byte("alice:wonderland"))}},
		{name: "identity token", config: authn.AuthConfig{Username: "<token>", IdentityToken: "refresh-hush"}},
	}
	// theirSecrets must not appear in a request to another host.
	theirSecrets = []string{"wonderland", base64.StdEncoding.EncodeToString([]byte("alice:wonderland")), "refresh-hush", "Authorization", "Cookie"}
)

// challengesOfOthers are the challenges of a host that is not the registry, given its address and
// the registry's.
var challengesOfOthers = map[string]func(own, registry string) string{
	"none":          func(string, string) string { return "" },
	"basic":         func(string, string) string { return `Basic realm="x"` },
	"bearer of own": func(own, _ string) string { return `Bearer realm="http://` + own + `/token",service="x"` },
	"wider scope": func(_, reg string) string {
		return `Bearer realm="http://` + reg + `/token",scope="repository:other/secret:pull,push,delete"`
	},
	"insufficient": func(_, reg string) string {
		return `Bearer realm="http://` + reg + `/token",scope="repository:other/secret:*",error="insufficient_scope"`
	},
	"digest":          func(string, string) string { return `Digest realm="x",nonce="y"` },
	"basic and other": func(string, string) string { return `Negotiate, Basic realm="x"` },
}

// redirectedOperations are requests that a registry can redirect.
var redirectedOperations = map[string]struct {
	fault string // method and path
	run   func(context.Context, *Client, name.Repository, v1.Descriptor, []byte) error
}{
	"get a manifest": {"GET " + registrytest.Manifests, func(ctx context.Context, c *Client, repo name.Repository, _ v1.Descriptor, _ []byte) error {
		_, err := c.GetManifest(ctx, repo.Tag("1"))
		return err
	}},
	"check a manifest": {"HEAD|GET " + registrytest.Manifests, func(ctx context.Context, c *Client, repo name.Repository, _ v1.Descriptor, _ []byte) error {
		_, err := c.HeadManifest(ctx, repo.Tag("1"))
		return err
	}},
	"put a manifest": {"PUT " + registrytest.Manifests, func(ctx context.Context, c *Client, repo name.Repository, _ v1.Descriptor, _ []byte) error {
		_, err := c.PutManifest(ctx, repo.Tag("2"), types.OCIImageIndex, emptyIndex)
		return err
	}},
	"delete a manifest": {"DELETE " + registrytest.Manifests, func(ctx context.Context, c *Client, repo name.Repository, _ v1.Descriptor, _ []byte) error {
		return c.DeleteManifest(ctx, repo.Tag("1"))
	}},
	"get a blob": {"GET " + registrytest.Blobs, func(ctx context.Context, c *Client, repo name.Repository, d v1.Descriptor, _ []byte) error {
		_, err := c.ReadBlob(ctx, repo, d, 1<<20)
		return err
	}},
	"check a blob": {"HEAD|GET " + registrytest.Blobs, func(ctx context.Context, c *Client, repo name.Repository, d v1.Descriptor, _ []byte) error {
		_, err := c.HeadBlob(ctx, repo, d.Digest)
		return err
	}},
	"start an upload":  {"POST " + registrytest.Uploads, putAnother},
	"finish an upload": {"PUT " + registrytest.Uploads, putAnother},
	"list tags": {"GET /tags/list", func(ctx context.Context, c *Client, repo name.Repository, _ v1.Descriptor, _ []byte) error {
		_, err := c.ListTags(ctx, repo)
		return err
	}},
	"ping": {"GET ^/v2/$", func(ctx context.Context, c *Client, repo name.Repository, _ v1.Descriptor, _ []byte) error {
		_, err := c.GetManifest(ctx, repo.Tag("1"))
		return err
	}},
}

// putAnother writes a new blob, and ignores the result.
func putAnother(ctx context.Context, c *Client, repo name.Repository, _ v1.Descriptor, content []byte) error {
	content = append([]byte("another "), content...)
	h, n, err := v1.SHA256(bytes.NewReader(content))
	if err != nil {
		return err
	}
	return c.PutBlob(ctx, repo, v1.Descriptor{Digest: h, Size: n}, Bytes(content))
}

// TestNoSecretLeavesItsOrigin combines logins, requests, redirects and challenges of the other
// host: that never receives credentials or a token of the registry, and the registry's token
// server gets no request for the other host's scope.
func TestNoSecretLeavesItsOrigin(t *testing.T) {
	t.Parallel()
	content := noise(100, 1)
	d := blobOf(t, content)
	for _, l := range loginKinds {
		for operation, o := range redirectedOperations {
			for asks, challenge := range challengesOfOthers {
				for _, status := range []int{http.StatusMovedPermanently, http.StatusSeeOther, http.StatusTemporaryRedirect} {
					t.Run(fmt.Sprintf("%s/%s/%s/%d", l.name, operation, asks, status), func(t *testing.T) {
						t.Parallel()
						var mu sync.Mutex
						var scopesAsked, given []string
						access := registry.Access{Users: loginUsers, IdentityTokens: map[string]string{"refresh-hush": "alice"}}
						access.OnToken = func(_ string, scopes []string) {
							mu.Lock()
							defer mu.Unlock()
							scopesAsked = append(scopesAsked, scopes...)
						}
						option := registry.WithTokenAuth(access)
						if l.basic {
							option = registry.WithBasicAuth(access)
						}
						s := registrytest.Start(t, option)
						other := newWitness(t, func(w http.ResponseWriter, req *http.Request) {
							if req.URL.Path == "/token" {
								_, _ = io.WriteString(w, `{"token":"their-token"}`)
								return
							}
							if c := challenge(req.Host, s.Host); c != "" {
								w.Header().Set("WWW-Authenticate", c)
							}
							w.WriteHeader(http.StatusUnauthorized)
						})
						c, _ := newClient(WithKeychain(loginOf(l.config)), WithTransport(tokensSeen(&mu, &given)))
						repo := repository(t, s.Host+"/team/app")
						ctx := t.Context()
						require.NoError(t, seedLogin(ctx, repo, d, content))
						method, pattern, _ := strings.Cut(o.fault, " ")
						s.Faults().Add(registrytest.Fault{Match: registrytest.On(method, pattern), Do: func(http.Handler) http.Handler {
							return http.RedirectHandler(other.URL+"/elsewhere", status)
						}})
						err := o.run(ctx, c, repo, d, content)
						if operation == "ping" {
							// The registry's authentication is then known only from the response
							// to the request.
							require.NoError(t, err)
							require.Empty(t, other.saw())
							return
						}
						require.Error(t, err)
						if status == http.StatusSeeOther && !strings.HasSuffix(method, "GET") {
							require.Empty(t, other.saw(), "a GET must not be redirected as a write")
						} else {
							require.NotEmpty(t, other.saw())
							var redirected *RedirectedError
							require.ErrorAs(t, err, &redirected)
							require.Equal(t, strings.TrimPrefix(other.URL, "http://"), redirected.To)
						}
						for _, secret := range append(theirSecrets, given...) {
							require.NotContains(t, other.saw(), secret)
							require.NotContains(t, err.Error(), secret)
						}
						require.NotContains(t, other.saw(), "/token")
						mu.Lock()
						defer mu.Unlock()
						require.False(t, slices.ContainsFunc(scopesAsked, func(s string) bool { return strings.Contains(s, "other/secret") }), scopesAsked)
						require.NotContains(t, given, "their-token")
					})
				}
			}
		}
	}
}

// loginOf is a keychain with one login for all registries.
type loginOf authn.AuthConfig

func (l loginOf) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(authn.AuthConfig(l)), nil
}

// tokensSeen is a transport that records the tokens in requests.
func tokensSeen(mu *sync.Mutex, tokens *[]string) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		if token, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer "); ok {
			mu.Lock()
			*tokens = append(*tokens, token)
			mu.Unlock()
		}
		return http.DefaultTransport.RoundTrip(req)
	})
}

// seedLogin puts a blob and the tag 1 into a repository.
func seedLogin(ctx context.Context, repo name.Repository, d v1.Descriptor, content []byte) error {
	c, _ := newClient(WithKeychain(loginOf{Username: "alice", Password: "wonderland"}))
	if err := c.PutBlob(ctx, repo, d, Bytes(content)); err != nil {
		return err
	}
	_, err := c.PutManifest(ctx, repo.Tag("1"), types.OCIImageIndex, emptyIndex)
	return err
}

// TestTokenRequestsStayAtTheTokenServer: if the token server redirects, credentials are not sent
// to another host.
func TestTokenRequestsStayAtTheTokenServer(t *testing.T) {
	t.Parallel()
	for _, l := range loginKinds {
		if l.basic {
			continue
		}
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(fmt.Sprintf("%s/%d", l.name, status), func(t *testing.T) {
				t.Parallel()
				other := newWitness(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
				s := registrytest.Start(t, registry.WithTokenAuth(registry.Access{Users: loginUsers}))
				s.Faults().Add(registrytest.Fault{Match: registrytest.On("", "^/token"), Do: func(http.Handler) http.Handler {
					return http.RedirectHandler(other.URL+"/token", status)
				}})
				c, _ := newClient(WithKeychain(loginOf(l.config)))
				_, err := c.GetManifest(t.Context(), repository(t, s.Host+"/team/app").Tag("1"))
				require.Error(t, err)
				for _, secret := range theirSecrets {
					require.NotContains(t, other.saw(), secret)
					require.NotContains(t, err.Error(), secret)
				}
			})
		}
	}
}

// TestUnknownChallengesGetNoPassword: the registry requires an unsupported scheme, for the ping
// or for each request.
func TestUnknownChallengesGetNoPassword(t *testing.T) {
	t.Parallel()
	for asks, schemes := range map[string][]string{
		`Digest realm="x",nonce="y"`:     {"digest"},
		"NTLM":                           {"ntlm"},
		"Negotiate":                      {"negotiate"},
		`Negotiate, Digest realm="x"`:    {"negotiate", "digest"},
		",,,,":                           nil,
		"=":                              nil,
		`BasicX realm="x"`:               {"basicx"},
		"\u00a0Basic":                    nil,
		`"Basic" realm="x"`:              nil,
		`Mutual realm="Basic realm=\"x"`: {"mutual"},
	} {
		for _, pingAsks := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/%v", asks, pingAsks), func(t *testing.T) {
				t.Parallel()
				w := newWitness(t, func(w http.ResponseWriter, req *http.Request) {
					if req.URL.Path == "/v2/" && !pingAsks {
						return
					}
					w.Header()["WWW-Authenticate"] = []string{asks}
					w.WriteHeader(http.StatusUnauthorized)
				})
				c, _ := newClient(WithKeychain(loginOf{Username: "alice", Password: "wonderland"}))
				u, err := url.Parse(w.URL)
				require.NoError(t, err)
				_, err = c.GetManifest(t.Context(), repository(t, u.Host+"/team/app").Tag("1"))
				var unknown *ChallengeError
				require.ErrorAs(t, err, &unknown)
				require.Equal(t, schemes, unknown.Schemes)
				require.Equal(t, u.Host, unknown.Registry)
				require.True(t, IsUnauthorized(err))
				for _, secret := range theirSecrets {
					require.NotContains(t, w.saw(), secret)
				}
			})
		}
	}
}

// TestUploadAtAnotherHostIsNotCanceled: a registry responds to a mount with an upload at another
// host, which gets no DELETE request.
func TestUploadAtAnotherHostIsNotCanceled(t *testing.T) {
	t.Parallel()
	other := newWitness(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	s := registrytest.Start(t)
	elsewhere := registrytest.Fault{
		Match: registrytest.On("POST", registrytest.Uploads),
		Do: func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", other.URL+"/uploads/1?state=x")
				w.WriteHeader(http.StatusAccepted)
			})
		},
	}
	c, _ := newClient()
	content := noise(10, 1)
	to, from := repository(t, s.Host+"/team/app"), repository(t, s.Host+"/team/base")
	require.NoError(t, c.PutBlob(t.Context(), to, blobOf(t, content), Bytes(content)))
	s.Faults().Add(elsewhere)
	became, err := c.CopyBlob(t.Context(), to, from, blobOf(t, content), nil)
	require.NoError(t, err)
	require.Equal(t, BlobPresent, became)
	require.Empty(t, other.saw())
}
