package registry_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
)

// teamAccess allows ann everything in team/, bob to read it, and everyone to read public/.
func teamAccess() registry.Access {
	return registry.Access{
		Users:          map[string]string{"ann": "secret", "bob": "hidden"},
		IdentityTokens: map[string]string{"refresh-ann": "ann"},
		Allow: func(user, repository, action string) bool {
			switch {
			case user == "ann" && strings.HasPrefix(repository, "team/"):
				return true
			case user == "bob" && strings.HasPrefix(repository, "team/"):
				return action == "pull"
			}
			return strings.HasPrefix(repository, "public/") && (action == "pull" || user == "ann")
		},
	}
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func TestBasicAuth(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, registry.WithBasicAuth(teamAccess()))
	for _, test := range []struct {
		auth, method, address string
		status                int
		code                  string
	}{
		{"", "GET", "/v2/", 401, "UNAUTHORIZED"},
		{basic("ann", "wrong"), "GET", "/v2/", 401, "UNAUTHORIZED"},
		{basic("eve", ""), "GET", "/v2/", 401, "UNAUTHORIZED"},
		{"Bearer x", "GET", "/v2/", 401, "UNAUTHORIZED"},
		{basic("ann", "secret"), "GET", "/v2/", 200, ""},
		{"", "GET", "/v2/team/app/tags/list", 401, "UNAUTHORIZED"},
		{"", "GET", "/v2/public/app/tags/list", 404, "NAME_UNKNOWN"},
		{basic("bob", "hidden"), "GET", "/v2/team/app/tags/list", 404, "NAME_UNKNOWN"},
		{basic("bob", "hidden"), "POST", "/v2/team/app/blobs/uploads/", 403, "DENIED"},
		{basic("bob", "hidden"), "DELETE", "/v2/team/app/manifests/1", 403, "DENIED"},
		{basic("bob", "hidden"), "GET", "/v2/team/app/blobs/uploads/x", 403, "DENIED"},
		{basic("bob", "hidden"), "GET", "/v2/_catalog", 403, "DENIED"},
		{basic("ann", "secret"), "POST", "/v2/team/app/blobs/uploads/", 202, ""},
		{basic("ann", "secret"), "POST", "/v2/team/app/blobs/uploads/?from=private/x&mount=" + sha256Of("x"), 403, "DENIED"},
		{"", "GET", "/token", 404, "UNSUPPORTED"},
	} {
		header := []string{"Authorization", test.auth}
		if test.auth == "" {
			header = nil
		}
		got := call(t, r, test.method, test.address, "", header...)
		require.Equal(t, test.status, got.Code, "%+v: %s", test, got.Body)
		if test.code != "" {
			require.Equal(t, []string{test.code}, codesOf(t, got), "%+v", test)
		}
		if test.status == 401 {
			require.Equal(t, `Basic realm="ocompose"`, got.Header().Get("Www-Authenticate"))
		}
	}
}

// token requests a token from the token endpoint.
func token(t testing.TB, r http.Handler, auth string, scopes ...string) string {
	t.Helper()
	var header []string
	if auth != "" {
		header = []string{"Authorization", auth}
	}
	return tokenIn(t, call(t, r, "GET", "/token?"+url.Values{"service": {"x"}, "scope": scopes}.Encode(), "", header...))
}

func tokenIn(t testing.TB, got *httptest.ResponseRecorder) string {
	t.Helper()
	require.Equal(t, 200, got.Code, got.Body)
	var body struct {
		Token       string
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &body))
	require.NotEmpty(t, body.Token)
	require.Equal(t, body.Token, body.AccessToken)
	require.Positive(t, body.ExpiresIn)
	return "Bearer " + body.Token
}

func TestTokenAuth(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, registry.WithTokenAuth(teamAccess()))
	challenge := func(auth, method, address string) string {
		t.Helper()
		got := call(t, r, method, address, "", "Authorization", auth)
		require.Equal(t, 401, got.Code, got.Body)
		require.Equal(t, []string{"UNAUTHORIZED"}, codesOf(t, got))
		return got.Header().Get("Www-Authenticate")
	}
	const realm = `Bearer realm="http://example.com/token",service="example.com"`
	require.Equal(t, realm, challenge("", "GET", "/v2/"))
	require.Equal(t, realm+`,error="invalid_token"`, challenge("Bearer x", "GET", "/v2/"))
	require.Equal(t, realm, challenge(basic("ann", "secret"), "GET", "/v2/"))
	require.Equal(t, realm+`,scope="repository:team/app:pull"`, challenge("", "GET", "/v2/team/app/manifests/1"))
	require.Equal(t, realm+`,scope="repository:team/app:delete"`, challenge("", "DELETE", "/v2/team/app/manifests/1"))
	require.Equal(t, realm+`,scope="registry:catalog:*"`, challenge("", "GET", "/v2/_catalog"))
	require.Equal(t, realm+`,scope="repository:team/app:pull,push"`, challenge("", "PUT", "/v2/team/app/manifests/1"))
	mount := "/v2/team/app/blobs/uploads/?from=team/base&mount=" + sha256Of("x")
	require.Equal(t, realm+`,scope="repository:team/app:pull,push repository:team/base:pull"`, challenge("", "POST", mount))

	ann := basic("ann", "secret")
	both := token(t, r, ann, "repository:team/app:pull,push", "repository:team/base:pull")
	spaced := token(t, r, ann, "repository:team/app:pull,push repository:team/base:pull")
	one := token(t, r, ann, "repository:team/app:pull,push")
	bobs := token(t, r, basic("bob", "hidden"), "repository:team/app:pull,push")
	nobodys := token(t, r, "", "repository:team/app:pull", "repository:public/app:pull")
	for _, test := range []struct {
		name, auth, method, address string
		status                      int
	}{
		{"any token", nobodys, "GET", "/v2/", 200},
		{"both scopes", both, "POST", mount, 202},
		{"both scopes in one", spaced, "POST", mount, 202},
		{"a missing scope", one, "POST", mount, 401},
		{"the other repository", one, "GET", "/v2/team/base/tags/list", 401},
		{"not requested", both, "DELETE", "/v2/team/app/manifests/1", 401},
		{"requested with *", token(t, r, ann, "repository:team/app:*"), "DELETE", "/v2/team/app/manifests/1", 404},
		{"not granted", bobs, "POST", "/v2/team/app/blobs/uploads/", 401},
		{"granted", bobs, "GET", "/v2/team/app/tags/list", 404},
		{"anonymous, not granted", nobodys, "GET", "/v2/team/app/tags/list", 401},
		{"anonymous, granted", nobodys, "GET", "/v2/public/app/tags/list", 404},
	} {
		got := call(t, r, test.method, test.address, "", "Authorization", test.auth)
		require.Equal(t, test.status, got.Code, "%s: %s", test.name, got.Body)
		if test.status == 401 {
			require.Contains(t, got.Header().Get("Www-Authenticate"), `error="insufficient_scope"`, test.name)
		}
	}
	require.Equal(t, 401, call(t, r, "GET", "/token", "", "Authorization", basic("ann", "wrong")).Code)
	require.Equal(t, 405, call(t, r, "PUT", "/token", "").Code)
	token(t, r, ann, "nonsense", "repository:", "repository:../x:pull", "repository:team/app:")
}

func TestTokenByForm(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, registry.WithTokenAuth(teamAccess()))
	post := func(form url.Values) *httptest.ResponseRecorder {
		return call(t, r, "POST", "/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	}
	scope := "repository:team/app:pull,push repository:team/base:pull"
	for _, form := range []url.Values{
		{"grant_type": {"refresh_token"}, "refresh_token": {"refresh-ann"}, "scope": {scope}},
		{"grant_type": {"password"}, "username": {"ann"}, "password": {"secret"}, "scope": {scope}},
	} {
		auth := tokenIn(t, post(form))
		require.Equal(t, 202, call(t, r, "POST", "/v2/team/app/blobs/uploads/", "", "Authorization", auth).Code)
	}
	for _, form := range []url.Values{
		{"grant_type": {"refresh_token"}, "refresh_token": {"other"}},
		{"grant_type": {"password"}, "username": {"ann"}, "password": {"wrong"}},
		{"grant_type": {"authorization_code"}},
		{},
	} {
		require.Equal(t, 401, post(form).Code)
	}
}

func TestTokenLimits(t *testing.T) {
	t.Parallel()
	access := teamAccess()
	access.MaxScopes = 2
	access.Lifetime = time.Nanosecond
	type asked struct {
		user   string
		scopes []string
	}
	var log []asked
	access.OnToken = func(user string, scopes []string) { log = append(log, asked{user, scopes}) }
	r := newRegistry(t, registry.WithTokenAuth(access))
	expired := token(t, r, basic("ann", "secret"), "repository:team/app:pull", "repository:team/base:pull")
	got := call(t, r, "GET", "/v2/team/app/tags/list", "", "Authorization", expired)
	require.Equal(t, 401, got.Code)
	require.Contains(t, got.Header().Get("Www-Authenticate"), `error="invalid_token"`)
	require.Equal(t, 400, call(t, r, "GET", "/token?scope=a&scope=b+c", "").Code)
	token(t, r, "")
	require.Equal(t, []asked{{"ann", []string{"repository:team/app:pull", "repository:team/base:pull"}}, {"", []string{}}}, log)
}

// Another client can log in in both ways.
func TestForeignClientLogsIn(t *testing.T) {
	t.Parallel()
	for kind, with := range map[string]func(registry.Access) registry.Option{
		"basic": registry.WithBasicAuth,
		"token": registry.WithTokenAuth,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(newRegistry(t, with(teamAccess())))
			defer server.Close()
			host := strings.TrimPrefix(server.URL, "http://")
			tag, err := name.ParseReference(host + "/team/app:1")
			require.NoError(t, err)
			image, err := random.Image(1000, 2)
			require.NoError(t, err)
			as := func(user, password string) remote.Option {
				return remote.WithAuth(authn.FromConfig(authn.AuthConfig{Username: user, Password: password}))
			}
			require.Error(t, remote.Write(tag, image, as("bob", "hidden")))
			require.Error(t, remote.Write(tag, image, as("ann", "wrong")))
			require.NoError(t, remote.Write(tag, image, as("ann", "secret")))
			_, err = remote.Get(tag, as("bob", "hidden"))
			require.NoError(t, err)
			_, err = remote.Get(tag)
			require.Error(t, err)
		})
	}
}
