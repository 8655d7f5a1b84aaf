package remote_test

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/remote"
)

// noLogin has no logins.
func noLogin() remote.Option { return remote.WithKeychain(authn.NewMultiKeychain()) }

// onceOnly does not retry.
func onceOnly() remote.Option { return remote.WithRetries(remote.Retry{Attempts: 1}) }

func mustRegistry(t *testing.T, host string) name.Registry {
	t.Helper()
	r, err := name.NewRegistry(host)
	require.NoError(t, err)
	return r
}

// secure is a registry with an untrusted certificate.
func secure(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	s.Config.ErrorLog = nil
	t.Cleanup(s.Close)
	return s
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	s := secure(t)
	host := s.Listener.Addr().String()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	for what, test := range map[string]struct {
		connection remote.Connection
		trusted    bool
	}{
		"the system's authorities": {remote.Connection{}, false},
		"the right authority":      {remote.Connection{RootCAs: pool}, true},
		"no authority":             {remote.Connection{RootCAs: x509.NewCertPool()}, false},
		"any certificate":          {remote.Connection{SkipVerify: true}, true},
		"this host":                {remote.Connection{InsecureHosts: []string{host}}, true},
		"all ports of this host":   {remote.Connection{InsecureHosts: []string{"127.0.0.1"}}, true},
		"another port":             {remote.Connection{InsecureHosts: []string{"127.0.0.1:1"}}, false},
		"another host":             {remote.Connection{InsecureHosts: []string{"localhost", "registry.example"}}, false},
	} {
		err := remote.New(noLogin(), onceOnly(), remote.WithConnection(test.connection)).Ping(context.Background(), mustRegistry(t, host))
		if test.trusted {
			require.NoError(t, err, what)
		} else {
			require.True(t, remote.IsUntrusted(err), "%s: %v", what, err)
		}
	}
}

// TestSilence: a registry that accepts requests and never responds is an error with its name,
// after the given time and not after that many attempts.
func TestSilence(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var mu sync.Mutex
	var open []net.Conn
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range open {
			c.Close()
		}
	})
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
		}
	}()
	host := listener.Addr().String()
	err = remote.New(noLogin(), remote.WithTimeout(50*time.Millisecond)).Ping(context.Background(), mustRegistry(t, host))
	var silent *remote.StallError
	require.ErrorAs(t, err, &silent)
	require.Equal(t, host, silent.Host)
	mu.Lock()
	defer mu.Unlock()
	require.LessOrEqual(t, len(open), 2) // HTTPS and HTTP, each once
}

// TestSilenceAfterAnswers: one lost request is sent again, and a second one in a row is an error.
func TestSilenceAfterAnswers(t *testing.T) {
	t.Parallel()
	for silences, fails := range map[int]bool{0: false, 1: false, 2: true} {
		var mu sync.Mutex
		left := silences
		done := make(chan struct{})
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			silent := strings.HasSuffix(r.URL.Path, "tags/list") && left > 0
			if silent {
				left--
			}
			mu.Unlock()
			if silent {
				<-done
				return
			}
			_, _ = w.Write([]byte(`{"tags": ["1"]}`))
		}))
		c := remote.New(noLogin(), remote.WithRetries(remote.Retry{Attempts: 8, Base: time.Millisecond, Max: time.Millisecond, Stall: 200 * time.Millisecond}))
		repo, err := name.NewRepository(s.Listener.Addr().String() + "/app")
		require.NoError(t, err)
		_, err = c.ListTags(context.Background(), repo)
		var silent *remote.StallError
		if fails {
			require.ErrorAs(t, err, &silent)
		} else {
			require.NoError(t, err)
		}
		close(done)
		s.Close()
	}
}

func TestExchangesHaveNoSecrets(t *testing.T) {
	t.Parallel()
	handler, err := registry.New(registry.WithTokenAuth(registry.Access{
		Users: map[string]string{"alice": "s3cret"}, Allow: func(who, _, _ string) bool { return who == "alice" },
	}))
	require.NoError(t, err)
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	var mu sync.Mutex
	var lines []string
	log := func(e remote.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, e.Method+" "+e.URL.String())
		require.True(t, e.Status > 0 || e.Err != nil)
	}
	login := keychainOf(authn.AuthConfig{Username: "alice", Password: "s3cret"})
	c := remote.New(remote.WithKeychain(login), onceOnly(), remote.WithConnection(remote.Connection{Log: log}))
	repo, err := name.NewRepository(s.Listener.Addr().String() + "/app")
	require.NoError(t, err)
	_, err = c.ListTags(context.Background(), repo)
	require.True(t, remote.IsNotFound(err), err)
	all := strings.Join(lines, "\n")
	require.Contains(t, all, "/v2/app/tags/list")
	require.Contains(t, all, "scope=repository")
	require.NotContains(t, all, "s3cret")
}

// keychainOf has one login for all registries.
type keychainOf authn.AuthConfig

func (k keychainOf) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(authn.AuthConfig(k)), nil
}

func TestCheckLogin(t *testing.T) {
	t.Parallel()
	access := registry.Access{Users: map[string]string{"alice": "s3cret"}, Allow: func(who, _, _ string) bool { return who == "alice" }}
	for what, option := range map[string]registry.Option{"token": registry.WithTokenAuth(access), "basic": registry.WithBasicAuth(access), "open": registry.WithDelete(true)} {
		handler, err := registry.New(option)
		require.NoError(t, err)
		s := httptest.NewServer(handler)
		t.Cleanup(s.Close)
		check := func(login authn.AuthConfig) (bool, error) {
			return remote.New(noLogin(), onceOnly()).CheckLogin(context.Background(), mustRegistry(t, s.Listener.Addr().String()), login)
		}
		checked, err := check(authn.AuthConfig{Username: "alice", Password: "s3cret"})
		require.NoError(t, err, what)
		require.Equal(t, what != "open", checked)
		_, err = check(authn.AuthConfig{Username: "alice", Password: "wr0ng"})
		if what == "open" {
			require.NoError(t, err)
			continue
		}
		require.True(t, remote.IsUnauthorized(err), "%s: %v", what, err)
		require.NotContains(t, err.Error(), "wr0ng")
	}
}

// TestRejectedLoginIsNotRetried: a wrong password causes one token request, not eight within
// half a minute, which may lock an account.
func TestRejectedLoginIsNotRetried(t *testing.T) {
	t.Parallel()
	handler, err := registry.New(registry.WithTokenAuth(registry.Access{
		Users: map[string]string{"alice": "s3cret"}, Allow: func(string, string, string) bool { return true },
	}))
	require.NoError(t, err)
	var tokens atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			tokens.Add(1)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	login := keychainOf(authn.AuthConfig{Username: "alice", Password: "wr0ng"})
	c := remote.New(remote.WithKeychain(login), remote.WithRetries(remote.Retry{Attempts: 8, Base: time.Millisecond, Max: time.Millisecond}))
	repo, err := name.NewRepository(s.Listener.Addr().String() + "/app")
	require.NoError(t, err)
	_, err = c.ListTags(context.Background(), repo)
	require.True(t, remote.IsUnauthorized(err), err)
	require.EqualValues(t, 1, tokens.Load())
}
