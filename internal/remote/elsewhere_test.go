package remote

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// A rejection by the host that a registry redirects an upload to is not a reason to log in there.
func TestUploadRejectedByAnotherHost(t *testing.T) {
	t.Parallel()
	content := noise(300_000, 1)
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound} {
		for _, inChunks := range []bool{false, true} {
			other := newWitness(t, func(w http.ResponseWriter, req *http.Request) {
				w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+req.Host+`/token"`)
				w.WriteHeader(status)
			})
			s := registrytest.Start(t)
			c, _ := newClient(WithKeychain(logins{"": alice}))
			repo := repository(t, s.Host+"/team/app")
			if inChunks { // the client learns that the registry limits requests
				s.Faults().Add(registrytest.LimitBodies(100_000, registrytest.RefuseDrained)...)
				before := noise(200_000, 2)
				require.NoError(t, c.PutBlob(t.Context(), repo, blobOf(t, before), Bytes(before)))
				s.Faults().Clear()
			}
			s.Faults().Add(registrytest.Fault{Match: registrytest.On("POST", registrytest.Uploads), Do: registrytest.SetHeader("Location", other.URL+"/upload")})
			err := c.PutBlob(t.Context(), repo, blobOf(t, content), Bytes(content))
			var redirected *RedirectedError
			require.ErrorAs(t, err, &redirected)
			require.Equal(t, s.Host, redirected.From)
			require.Equal(t, strings.TrimPrefix(other.URL, "http://"), redirected.To)
			require.NotContains(t, other.saw(), "/token")
			require.NotContains(t, other.saw(), "DELETE")
			method := "PUT"
			if inChunks {
				method = "PATCH"
			}
			require.Contains(t, other.saw(), method+" /upload")
		}
	}
}

// The query of a request is not sent to the next host.
func TestRedirectsDropTheQuery(t *testing.T) {
	t.Parallel()
	other := newWitness(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	s := registrytest.Start(t)
	between := httptest.NewServer(http.RedirectHandler(other.URL+"/last", http.StatusTemporaryRedirect))
	t.Cleanup(between.Close)
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", registrytest.Blobs), Do: func(http.Handler) http.Handler {
		return http.RedirectHandler(between.URL+"/first?X-Signature=hush", http.StatusTemporaryRedirect)
	}})
	c, _ := newClient()
	_, err := c.ReadBlob(t.Context(), repository(t, s.Host+"/team/app"), blobOf(t, noise(10, 1)), 1000)
	require.Error(t, err)
	require.Contains(t, other.saw(), "GET /last")
	require.NotContains(t, other.saw(), "hush")
	require.NotContains(t, other.saw(), "Referer")
}

func TestRedirectsToOtherSchemes(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x", "javascript:x"} {
		s := registrytest.Start(t)
		s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", registrytest.Manifests), Do: func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusTemporaryRedirect)
			})
		}})
		c, _ := newClient()
		_, err := c.GetManifest(t.Context(), repository(t, s.Host+"/team/app").Tag("1"))
		scheme, _, _ := strings.Cut(to, ":")
		require.ErrorContains(t, err, `the scheme "`+scheme+`", which is not HTTP`)
		require.Equal(t, 1, s.Count("GET", registrytest.Manifests), "it must not be retried")
	}
}

// TestNoRedirectToThisMachine: a remote registry, simulated by a transport, redirects to this
// machine.
func TestNoRedirectToThisMachine(t *testing.T) {
	t.Parallel()
	content := noise(10, 1)
	for _, allowed := range []bool{false, true} {
		local := newWitness(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
		elsewhere := roundTripper(func(req *http.Request) (*http.Response, error) {
			if req.URL.Host != "203.0.113.7" {
				return http.DefaultTransport.RoundTrip(req)
			}
			if req.URL.Scheme == "https" {
				return nil, http.ErrSchemeMismatch
			}
			status, location := http.StatusOK, ""
			switch {
			case strings.HasSuffix(req.URL.Path, "/blobs/uploads/"):
				status, location = http.StatusAccepted, local.URL+"/containers"
			case strings.Contains(req.URL.Path, "/manifests/"):
				status, location = http.StatusTemporaryRedirect, local.URL+"/redirected"
			}
			return &http.Response{
				StatusCode: status, Status: fmt.Sprint(status), ProtoMajor: 1, ProtoMinor: 1,
				Header: http.Header{"Location": {location}}, Body: http.NoBody, Request: req,
			}, nil
		})
		options := []Option{WithTransport(elsewhere), WithPlainHTTP(true)}
		if allowed {
			options = append(options, WithInsecureHosts(func(host string) bool { return host == strings.TrimPrefix(local.URL, "http://") }))
		}
		c, _ := newClient(options...)
		repo := repository(t, "203.0.113.7/team/app")
		for _, err := range []error{
			c.PutBlob(t.Context(), repo, blobOf(t, content), Bytes(content)),
			c.DeleteManifest(t.Context(), repo.Digest((v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}).String())),
		} {
			if allowed {
				require.NoError(t, err)
				continue
			}
			var refused *LocalError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, "203.0.113.7", refused.From)
			require.Equal(t, strings.TrimPrefix(local.URL, "http://"), refused.To)
		}
		require.Equal(t, allowed, local.saw() != "")
	}
}

// TestNoTokenRequestToThisMachine: neither a remote registry nor its token server can cause a
// token request to this machine, whatever it calls it.
func TestNoTokenRequestToThisMachine(t *testing.T) {
	t.Parallel()
	local := newWitness(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"token":"t"}`)) })
	byName := strings.Replace(local.URL, "127.0.0.1", "localhost", 1) + "/token"
	here := local.URL + "/token"
	for _, c := range []struct{ realm, redirect string }{
		{here, ""}, {byName, ""}, {strings.Replace(byName, "localhost", "LOCALHOST.", 1), ""}, {strings.Replace(byName, "localhost", "127.1", 1), ""},
		{strings.Replace(byName, "localhost", "eve:pass@localhost", 1), ""}, {"http://169.254.169.254/token", ""}, {"http://[fe80::1%25lo]/token", ""},
		{"http://203.0.113.7/token", here}, {"http://203.0.113.7/token", byName}, {"http://token.example/token", byName},
	} {
		elsewhere := roundTripper(func(req *http.Request) (*http.Response, error) {
			header := http.Header{"Www-Authenticate": {fmt.Sprintf(`Bearer realm=%q,service="s"`, c.realm)}}
			status := http.StatusUnauthorized
			switch {
			case req.URL.Host != "203.0.113.7" && req.URL.Host != "token.example":
				return http.DefaultTransport.RoundTrip(req)
			case req.URL.Scheme == "https":
				return nil, http.ErrSchemeMismatch
			case req.URL.Path == "/token":
				status = http.StatusFound
				header.Set("Location", c.redirect)
			}
			return &http.Response{
				StatusCode: status, Status: fmt.Sprint(status), ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, Request: req, Header: header,
			}, nil
		})
		client, _ := newClient(WithTransport(elsewhere), WithPlainHTTP(true))
		_, _, err := client.ReadManifest(t.Context(), repository(t, "203.0.113.7/team/app").Tag("1"))
		var refused *LocalError
		require.ErrorAs(t, err, &refused, c.realm)
		require.Empty(t, local.saw())
	}
}
