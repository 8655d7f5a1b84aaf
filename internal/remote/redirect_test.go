package remote

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestCredentialsStayAtTheRegistry follows redirects of every kind and an upload location to other
// hosts, which must not receive credentials.
func TestCredentialsStayAtTheRegistry(t *testing.T) {
	t.Parallel()
	content := noise(100, 1)
	d := blobOf(t, content)
	for _, auth := range []string{"basic", "token"} {
		var seen []string
		stored := false
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if v := req.Header.Get("Authorization") + req.Header.Get("Cookie"); v != "" {
				seen = append(seen, v)
			}
			if req.Method == http.MethodPut {
				stored = true
				w.WriteHeader(http.StatusCreated)
				return
			}
			_, _ = w.Write(content)
		}))
		defer other.Close()
		access := registry.Access{Users: map[string]string{"alice": "wonderland"}}
		option := registry.WithTokenAuth(access)
		if auth == "basic" {
			option = registry.WithBasicAuth(access)
		}
		s := registrytest.Start(t, option)
		redirect := func(http.Handler) http.Handler {
			return http.RedirectHandler(other.URL+"/signed?X-Signature=hush", http.StatusTemporaryRedirect)
		}
		location := registrytest.SetHeader("Location", other.URL+"/upload?state=hush")
		s.Faults().Add(
			registrytest.Fault{Match: registrytest.On("GET", registrytest.Blobs), Do: redirect},
			registrytest.Fault{Match: registrytest.On("POST", registrytest.Uploads), Do: location},
		)
		c, _ := newClient(WithKeychain(logins{"": alice}))
		repo := repository(t, s.Host+"/team/app")
		b, err := c.ReadBlob(context.Background(), repo, d, 1000)
		require.NoError(t, err)
		require.Equal(t, content, b)
		require.NoError(t, c.PutBlob(context.Background(), repo, d, Bytes(content)))
		require.True(t, stored)
		require.Empty(t, seen, auth)

		other.Close()
		c.retrier.Policy.Attempts = 1
		_, err = c.ReadBlob(context.Background(), repo, d, 1000)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "hush")
		err = c.PutBlob(context.Background(), repo, d, Bytes(content))
		require.Error(t, err)
		require.NotContains(t, err.Error(), "hush")
	}
}

func TestNoRedirectFromTLS(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/v2/" {
			return
		}
		http.Redirect(w, req, plain.URL, http.StatusFound)
	}))
	defer srv.Close()
	c, k := newClient(WithTransport(srv.Client().Transport))
	_, err := c.GetManifest(context.Background(), repository(t, strings.TrimPrefix(srv.URL, "https://")+"/team/app").Tag("1"))
	require.ErrorIs(t, err, ErrPlainHTTP)
	require.Empty(t, k.waits)
}
