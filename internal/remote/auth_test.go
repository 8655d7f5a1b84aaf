package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// logins is a keychain with logins by prefix of the repository name.
type logins map[string]authn.AuthConfig

func (l logins) Resolve(r authn.Resource) (authn.Authenticator, error) {
	best := ""
	for k := range l {
		if strings.Contains(r.String(), k) && len(k) >= len(best) {
			best = k
		}
	}
	if cfg, ok := l[best]; ok {
		return authn.FromConfig(cfg), nil
	}
	return authn.Anonymous, nil
}

var alice = authn.AuthConfig{Username: "alice", Password: "wonderland"}
var bob = authn.AuthConfig{Username: "bob", Password: "builder"}

// asked are the token requests of a registry.
type asked struct {
	mu   sync.Mutex
	list [][]string
}

func (a *asked) add(_ string, scopes []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, scopes)
}

func (a *asked) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.list)
}

func tokenRegistry(t *testing.T, access registry.Access) (*registrytest.Server, *asked) {
	a := &asked{}
	access.OnToken = a.add
	if access.Users == nil {
		access.Users = map[string]string{"alice": "wonderland", "bob": "builder"}
	}
	return registrytest.Start(t, registry.WithTokenAuth(access)), a
}

func putIndex(t *testing.T, c *Client, repo name.Repository) {
	t.Helper()
	_, err := c.PutManifest(context.Background(), repo.Tag("1"), types.OCIImageIndex, emptyIndex)
	require.NoError(t, err)
}

func TestOneTokenForManyRequests(t *testing.T) {
	t.Parallel()
	s, tokens := tokenRegistry(t, registry.Access{})
	c, _ := newClient(WithKeychain(logins{"": alice}))
	repo := repository(t, s.Host+"/team/app")
	putIndex(t, c, repo)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := c.GetManifest(context.Background(), repo.Tag("1"))
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, tokens.count(), "a token for push also allows pull")
	require.Equal(t, 1, s.Count("GET", "^/v2/$"))
	require.Zero(t, statuses(s, 401)-1, "only the ping is rejected")
}

func statuses(s *registrytest.Server, status int) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Status == status {
			n++
		}
	}
	return n
}

func TestAuthorizeInBatches(t *testing.T) {
	t.Parallel()
	s, tokens := tokenRegistry(t, registry.Access{MaxScopes: 20})
	c, _ := newClient(WithKeychain(logins{"": alice}))
	var pull []name.Repository
	for i := range 45 {
		pull = append(pull, repository(t, fmt.Sprintf("%s/src/image%02d", s.Host, i)))
		putIndex(t, c, pull[i])
		content := noise(10, byte(i))
		require.NoError(t, c.PutBlob(context.Background(), pull[i], blobOf(t, content), Bytes(content)))
	}
	s.Reset()
	before := tokens.count()

	c, _ = newClient(WithKeychain(logins{"": alice}))
	to := repository(t, s.Host+"/team/app")
	ctx := context.Background()
	require.NoError(t, c.Authorize(ctx, pull, []name.Repository{to}))
	require.Equal(t, 3, tokens.count()-before, "45 repositories to read in batches of 19, each with the target")
	for i, from := range pull {
		_, err := c.GetManifest(ctx, from.Tag("1"))
		require.NoError(t, err)
		became, err := c.CopyBlob(ctx, to, from, blobOf(t, noise(10, byte(i))), nil)
		require.NoError(t, err)
		require.Equal(t, BlobMounted, became)
	}
	require.Equal(t, 3, tokens.count()-before, "no token for each repository")
	require.Equal(t, 1, statuses(s, 401), "only the ping is rejected")
	require.Equal(t, 1, s.Count("GET", "^/v2/$"))
}

func TestRejectedBatch(t *testing.T) {
	t.Parallel()
	refused := func(w http.ResponseWriter, req *http.Request) {
		switch {
		case req.URL.Path == "/v2/":
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="x"`, req.Host))
			w.WriteHeader(401)
		case req.URL.Path == "/token" && strings.Contains(req.URL.RawQuery, "secret"):
			w.WriteHeader(403)
		case req.URL.Path == "/token":
			_, _ = w.Write([]byte(`{"token":"t"}`))
		case strings.Contains(req.URL.Path, "/manifests/"):
			w.Header().Set("Content-Type", string(types.OCIImageIndex))
			_, _ = w.Write(emptyIndex)
		}
	}
	srv := httptest.NewServer(http.HandlerFunc(refused))
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")
	open, secret := repository(t, host+"/team/open"), repository(t, host+"/team/secret")
	c, _ := newClient()
	ctx := context.Background()
	require.NoError(t, c.Authorize(ctx, []name.Repository{open, secret}, nil))
	_, err := c.GetManifest(ctx, open.Tag("1"))
	require.NoError(t, err)
	_, err = c.GetManifest(ctx, secret.Tag("1"))
	require.True(t, IsUnauthorized(err), "%v", err)
	require.ErrorContains(t, err, "team/secret")
}

func TestExpiredTokensAreRenewedOnce(t *testing.T) {
	t.Parallel()
	s, tokens := tokenRegistry(t, registry.Access{})
	c, _ := newClient(WithKeychain(logins{"": alice}))
	ctx := context.Background()
	a, b := repository(t, s.Host+"/team/a"), repository(t, s.Host+"/team/b")
	putIndex(t, c, a)
	putIndex(t, c, b)
	var mu sync.Mutex
	var used []string
	c, _ = newClient(WithKeychain(logins{"": alice}), WithTransport(tokensSeen(&mu, &used)))
	require.NoError(t, c.Authorize(ctx, []name.Repository{a, b}, nil))
	before := tokens.count()
	_, err := c.GetManifest(ctx, a.Tag("1"))
	require.NoError(t, err)
	require.Len(t, used, 1)
	old := used[0]
	s.Faults().Add(registrytest.Fault{
		Match: func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer "+old },
		Do:    registrytest.Status(401),
	})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			repo := a
			if i%2 == 1 {
				repo = b
			}
			if _, err := c.GetManifest(ctx, repo.Tag("1")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, tokens.count()-before, "one new token for both repositories")
	_, err = c.GetManifest(ctx, b.Tag("1"))
	require.NoError(t, err)
	require.NotEqual(t, old, used[len(used)-1])
}

func TestTokenExpiresDuringUpload(t *testing.T) {
	t.Parallel()
	s, _ := tokenRegistry(t, registry.Access{})
	c, _ := newClient(WithKeychain(logins{"": alice}))
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", registrytest.Uploads), Do: registrytest.Status(401), Times: 1})
	content := noise(1000, 1)
	repo := repository(t, s.Host+"/team/app")
	require.NoError(t, c.PutBlob(context.Background(), repo, blobOf(t, content), Bytes(content)))
}

func TestDeleteScope(t *testing.T) {
	t.Parallel()
	s, _ := tokenRegistry(t, registry.Access{})
	c, _ := newClient(WithKeychain(logins{"": alice}))
	repo := repository(t, s.Host+"/team/app")
	putIndex(t, c, repo)
	d, err := c.HeadManifest(context.Background(), repo.Tag("1"))
	require.NoError(t, err)
	require.NoError(t, c.DeleteManifest(context.Background(), repo.Digest(d.Digest.String())))
}

func TestLoginsOfNamespaces(t *testing.T) {
	t.Parallel()
	s, _ := tokenRegistry(t, registry.Access{Allow: func(user, repo, _ string) bool {
		return user != "" && strings.HasPrefix(repo, user+"/")
	}})
	c, _ := newClient(WithKeychain(logins{"/alice/": alice, "/bob/": bob}))
	ctx := context.Background()
	a, b := repository(t, s.Host+"/alice/app"), repository(t, s.Host+"/bob/app")
	require.NoError(t, c.Authorize(ctx, nil, []name.Repository{a, b}))
	putIndex(t, c, a)
	putIndex(t, c, b)
	require.Equal(t, 1, s.Count("GET", "^/v2/$"), "one ping for both")

	// An image that bob may not read can't be mounted, so it is uploaded.
	content := noise(10, 1)
	require.NoError(t, c.PutBlob(ctx, a, blobOf(t, content), Bytes(content)))
	became, err := c.CopyBlob(ctx, b, a, blobOf(t, content), nil)
	require.NoError(t, err)
	require.Equal(t, BlobSent, became)
}

func TestBasicAuthentication(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t, registry.WithBasicAuth(registry.Access{Users: map[string]string{"alice": "wonderland"}}))
	c, _ := newClient(WithKeychain(logins{"": alice}))
	putIndex(t, c, repository(t, s.Host+"/team/app"))
	require.Equal(t, 1, statuses(s, 401))

	c, _ = newClient(WithKeychain(logins{"": authn.AuthConfig{Username: "alice", Password: "guess-me"}}))
	_, err := c.GetManifest(context.Background(), repository(t, s.Host+"/team/app").Tag("1"))
	require.True(t, IsUnauthorized(err), "%v", err)
	require.NotContains(t, err.Error(), "guess-me")
}

func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	s, _ := tokenRegistry(t, registry.Access{})
	c, _ := newClient(WithKeychain(logins{"": authn.AuthConfig{Username: "alice", Password: "guess-me"}}))
	_, err := c.GetManifest(context.Background(), repository(t, s.Host+"/team/app").Tag("1"))
	require.True(t, IsUnauthorized(err), "%v", err)
	require.NotContains(t, err.Error(), "guess-me")
	require.NotContains(t, err.Error(), "{")
}

func TestIdentityTokens(t *testing.T) {
	t.Parallel()
	s, _ := tokenRegistry(t, registry.Access{IdentityTokens: map[string]string{"refresh-me": "alice"}})
	c, _ := newClient(WithKeychain(logins{"": authn.AuthConfig{IdentityToken: "refresh-me"}}))
	putIndex(t, c, repository(t, s.Host+"/team/app"))
}

func TestAnonymousPing(t *testing.T) {
	t.Parallel()
	s, _ := tokenRegistry(t, registry.Access{})
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", "^/v2/$"), Do: registrytest.Answer(200, "application/json", "{}")})
	c, _ := newClient(WithKeychain(logins{"": alice}))
	putIndex(t, c, repository(t, s.Host+"/team/app"))
}

// brokenKeychain is a credential helper that fails.
type brokenKeychain struct{ asked atomic.Int32 }

func (k *brokenKeychain) Resolve(authn.Resource) (authn.Authenticator, error) {
	k.asked.Add(1)
	return nil, errors.New("the helper is missing")
}

// TestCredentialsAreReadOnDemand: not for a registry that requires no login.
func TestCredentialsAreReadOnDemand(t *testing.T) {
	t.Parallel()
	open := registrytest.Start(t)
	k := &brokenKeychain{}
	c, _ := newClient(WithKeychain(k))
	repo := repository(t, open.Host+"/team/app")
	require.NoError(t, c.Authorize(context.Background(), nil, []name.Repository{repo}))
	putIndex(t, c, repo)
	require.Zero(t, k.asked.Load())

	closed, _ := tokenRegistry(t, registry.Access{})
	_, err := c.GetManifest(context.Background(), repository(t, closed.Host+"/team/app").Tag("1"))
	require.ErrorContains(t, err, "the helper is missing")
	require.NotZero(t, k.asked.Load())
}

// TestConcurrentRequestsShareAChallenge: a registry allows anonymous pings, and requires a login for
// each of many concurrent requests.
func TestConcurrentRequestsShareAChallenge(t *testing.T) {
	t.Parallel()
	s, tokens := tokenRegistry(t, registry.Access{})
	putIndex(t, first(newClient(WithKeychain(logins{"": alice}))), repository(t, s.Host+"/team/app"))
	before := tokens.count()
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", "^/v2/$"), Do: registrytest.Answer(200, "application/json", "{}")})
	s.Faults().Add(registrytest.Fault{Do: registrytest.Latency(20 * time.Millisecond)})
	c, _ := newClient(WithKeychain(logins{"": alice}))
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := c.GetManifest(context.Background(), repository(t, s.Host+"/team/app").Tag("1")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, tokens.count()-before)
}

func first(c *Client, _ *fakeClock) *Client { return c }
