package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestTokensOfFewUses: tokens that expire while requests wait for a job are renewed each time,
// for many concurrent requests, with and without bodies.
func TestTokensOfFewUses(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, uses := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(uses), func(t *testing.T) {
			t.Parallel()
			s, _ := tokenRegistry(t, registry.Access{})
			s.Faults().Add(registrytest.TokensOfUses(uses))
			c, k := newClient(WithKeychain(logins{"": alice}))
			repo := repository(t, s.Host+"/team/app")
			var wg sync.WaitGroup
			for i := range 40 {
				wg.Go(func() {
					content := noise(50_000, byte(i))
					if err := c.PutBlob(ctx, repo, blobOf(t, content), Bytes(content)); err != nil {
						t.Error(err)
					}
					if _, err := c.CopyBlob(ctx, repository(t, s.Host+"/team/copy"), repo, blobOf(t, content), nil); err != nil {
						t.Error(err)
					}
					if _, err := c.PutManifest(ctx, repo.Tag(fmt.Sprint(i)), types.OCIImageIndex, emptyIndex); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			require.Empty(t, k.waits, "an expired token is not a failure")
			require.Equal(t, 80, s.Count("POST", registrytest.Uploads)-statusesOf(s, "POST", 401), "no upload is started twice")
		})
	}
}

func statusesOf(s *registrytest.Server, method string, status int) int {
	n := 0
	for _, req := range s.Requests() {
		if req.Method == method && req.Status == status {
			n++
		}
	}
	return n
}

// TestRejectedTokenGivesUp gives up after a few requests.
func TestRejectedTokenGivesUp(t *testing.T) {
	t.Parallel()
	s, tokens := tokenRegistry(t, registry.Access{})
	s.Faults().Add(registrytest.TokensOfUses(0))
	c, _ := newClient(WithKeychain(logins{"": alice}))
	_, err := c.GetManifest(context.Background(), repository(t, s.Host+"/team/app").Tag("1"))
	require.True(t, IsUnauthorized(err), "%v", err)
	require.LessOrEqual(t, s.Count("GET", registrytest.Manifests), 3)
	require.LessOrEqual(t, tokens.count(), 3)
}

// TestAnotherTokenServer: the challenge of a repository has another token server, or a larger
// scope, than the response to the ping.
func TestAnotherTokenServer(t *testing.T) {
	t.Parallel()
	s, _ := tokenRegistry(t, registry.Access{})
	putIndex(t, first(newClient(WithKeychain(logins{"": alice}))), repository(t, s.Host+"/team/app"))
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", "^/v2/$"), Do: registrytest.Rewrite(func(_ *http.Request, a *registrytest.Response) {
		a.Status = http.StatusUnauthorized
		a.Header.Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/other",service="x"`, s.Host))
	})}, registrytest.Fault{Match: registrytest.On("GET", "^/other$"), Do: registrytest.Answer(200, "application/json", `{"token":"of-another"}`)})
	c, _ := newClient(WithKeychain(logins{"": alice}))
	_, err := c.GetManifest(context.Background(), repository(t, s.Host+"/team/app").Tag("1"))
	require.NoError(t, err)
}

// TestScopeTooSmall403: some registries return 403 if a token's scope is too small, where the
// token specification has 401.
func TestScopeTooSmall403(t *testing.T) {
	t.Parallel()
	s, _ := tokenRegistry(t, registry.Access{})
	repo := repository(t, s.Host+"/team/app")
	putIndex(t, first(newClient(WithKeychain(logins{"": alice}))), repo)
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", registrytest.Manifests), Times: 1, Do: registrytest.Rewrite(func(_ *http.Request, a *registrytest.Response) {
		a.Status = http.StatusForbidden
		a.Header.Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="%s",scope="repository:team/app:pull,metadata_read",error="insufficient_scope"`, s.Host, s.Host))
	})})
	c, _ := newClient(WithKeychain(logins{"": alice}))
	_, err := c.GetManifest(context.Background(), repo.Tag("1"))
	require.NoError(t, err)
}

// TestUnreadableCredentials: if the credential helper fails, public content can be
// read, and the error of a rejected request has the reason for the missing login.
func TestUnreadableCredentials(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	readable := registry.Access{Users: map[string]string{"alice": "wonderland"}, Allow: func(user, _, action string) bool { return user != "" || action == "pull" }}
	for kind, option := range map[string]registry.Option{"token": registry.WithTokenAuth(readable), "basic": registry.WithBasicAuth(readable)} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t, option)
			repo := repository(t, s.Host+"/team/app")
			putIndex(t, first(newClient(WithKeychain(logins{"": alice}))), repo)
			k := &brokenKeychain{}
			c, _ := newClient(WithKeychain(k))
			require.NoError(t, c.Authorize(ctx, nil, []name.Repository{repo}))
			_, err := c.GetManifest(ctx, repo.Tag("1"))
			require.NoError(t, err)
			_, err = c.GetManifest(ctx, repo.Tag("2"))
			require.True(t, IsNotFound(err), "%v", err)
			_, err = c.PutManifest(ctx, repo.Tag("2"), types.OCIImageIndex, emptyIndex)
			require.True(t, IsUnauthorized(err), "%v", err)
			require.ErrorContains(t, err, "the helper is missing")
			var unread *CredentialsError
			require.ErrorAs(t, err, &unread)
			require.EqualValues(t, 1, k.asked.Load())
		})
	}
}

// canceledKeychain fails because its caller canceled.
type canceledKeychain struct{ cancel context.CancelFunc }

func (k canceledKeychain) Resolve(authn.Resource) (authn.Authenticator, error) {
	k.cancel()
	return nil, errors.New("killed")
}

func TestCanceledHelper(t *testing.T) {
	t.Parallel()
	s, _ := tokenRegistry(t, registry.Access{})
	ctx, cancel := context.WithCancel(context.Background())
	c, _ := newClient(WithKeychain(canceledKeychain{cancel}))
	_, err := c.GetManifest(ctx, repository(t, s.Host+"/team/app").Tag("1"))
	require.ErrorIs(t, err, context.Canceled)
}
