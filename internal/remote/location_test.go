package remote

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

func TestRelativeLocationWithQuery(t *testing.T) {
	s := registrytest.Start(t)
	content := noise(1000, 1)
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("POST", registrytest.Uploads), Do: registrytest.Rewrite(func(_ *http.Request, a *registrytest.Response) {
		u, err := url.Parse(a.Header.Get("Location"))
		if err != nil {
			t.Error(err)
			return
		}
		a.Header.Set("Location", u.Path+"?_state=a%20b&"+u.RawQuery)
	})})
	c, _ := newClient()
	require.NoError(t, c.PutBlob(context.Background(), repository(t, s.Host+"/team/app"), blobOf(t, content), Bytes(content)))
	last := s.Requests()[len(s.Requests())-1]
	require.Equal(t, "a b", last.Query.Get("_state"))
}

// uploads is a registry that starts an upload with a location chosen by the test, and records the
// destination of the content.
type uploads struct {
	location func(registry string) string

	mu      sync.Mutex
	content string // the destination: scheme, host and URI
	login   string // sent with the content
}

func (u *uploads) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch {
	case req.URL.Path == "/v2/":
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	case req.Method == http.MethodPost:
		w.Header()["Location"] = []string{u.location(req.Host)}
		w.WriteHeader(http.StatusAccepted)
	case req.Method == http.MethodPut:
		scheme := "http"
		if req.TLS != nil {
			scheme = "https"
		}
		_, _ = io.Copy(io.Discard, req.Body)
		u.mu.Lock()
		u.content, u.login = scheme+"://"+req.Host+req.URL.RequestURI(), req.Header.Get("Authorization")
		u.mu.Unlock()
		w.WriteHeader(http.StatusCreated)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// TestUploadLocations sends blobs to registries with TLS that return many forms of
// locations. The content arrives at the right location, the login is sent only to the registry,
// and neither is sent unencrypted.
func TestUploadLocations(t *testing.T) {
	t.Parallel()
	storage := &uploads{}
	other := httptest.NewTLSServer(storage)
	t.Cleanup(other.Close)
	plain := newWitness(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	const to = "/v2/team/app/blobs/uploads/1"
	for name, tt := range map[string]struct {
		location func(registry string) string
		want     string // "REGISTRY…" or "OTHER…"; empty: an error
		login    bool
	}{
		"a path":                    {func(string) string { return to }, "REGISTRY" + to + "?", true},
		"a path with a query":       {func(string) string { return to + "?_state=a%20b" }, "REGISTRY" + to + "?_state=a+b&", true},
		"relative":                  {func(string) string { return "1" }, "REGISTRY" + to + "?", true},
		"absolute":                  {func(r string) string { return "https://" + r + to }, "REGISTRY" + to + "?", true},
		"absolute, without TLS":     {func(r string) string { return "http://" + r + to }, "REGISTRY" + to + "?", true},
		"another digest":            {func(string) string { return to + "?digest=sha256:0" }, "REGISTRY" + to + "?", true},
		"with a password":           {func(r string) string { return "https://user:hush@" + r + to }, "REGISTRY" + to + "?", true},
		"another host":              {func(string) string { return other.URL + "/u?X-Signature=hush" }, "OTHER/u?X-Signature=hush&", false},
		"another host, no scheme":   {func(string) string { return strings.TrimPrefix(other.URL, "https:") + "/u" }, "OTHER/u?", false},
		"another host, password":    {func(string) string { return strings.Replace(other.URL, "//", "//user:hush@", 1) + "/u" }, "OTHER/u?", false},
		"another host, without TLS": {func(string) string { return strings.Replace(plain.URL, "127.0.0.1", "127.0.0.1.", 1) + "/u" }, "", false},
		"none":                      {func(string) string { return "" }, "", false},
		"another protocol":          {func(r string) string { return "ftp://" + r + to }, "", false},
		"a file":                    {func(string) string { return "file:///etc/passwd" }, "", false},
		"mail":                      {func(string) string { return "mailto:me@example.com" }, "", false},
		"no host":                   {func(string) string { return "https://" }, "", false},
		"does not parse":            {func(string) string { return "https://%zz/" }, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			u := &uploads{location: tt.location}
			srv := httptest.NewTLSServer(u)
			defer srv.Close()
			storage.content, storage.login = "", ""
			c, k := newClient(
				WithTransport(&http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}),
				WithKeychain(loginOf(authn.AuthConfig{Username: "alice", Password: "wonderland"})),
			)
			content := noise(1000, 1)
			d := blobOf(t, content)
			err := c.PutBlob(context.Background(), repository(t, srv.Listener.Addr().String()+"/team/app"), d, Bytes(content))
			require.Empty(t, plain.saw())
			if tt.want == "" {
				require.Error(t, err)
				require.NotContains(t, err.Error(), "hush")
				require.Empty(t, u.content+storage.content)
				require.Empty(t, k.waits, "it must not be retried")
				return
			}
			require.NoError(t, err)
			want := strings.NewReplacer("REGISTRY", srv.URL, "OTHER", other.URL).Replace(tt.want) + "digest=" + url.QueryEscape(d.Digest.String())
			require.Contains(t, []string{u.content, storage.content}, want)
			require.Equal(t, tt.login, u.login != "")
			require.Empty(t, storage.login)
		})
	}
}
