//go:build unix

package hostile

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy connects everything to one server, except for its first requests, to which it responds
// with a text and closes the connection.
func proxy(t *testing.T, server, response string, failing int64) (address string, requests *atomic.Int64) {
	requests = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		if requests.Add(1) <= failing {
			_, _ = io.WriteString(conn, response)
			return
		}
		to, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer to.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(to, conn) }()
		_, _ = io.Copy(conn, to)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://"), requests
}

// TestProxies: temporary errors of a proxy are retried, permanent ones are not, and each error
// names the proxy.
func TestProxies(t *testing.T) {
	for name, test := range map[string]struct {
		response string
		failing  int64
		requests int64
		says     string
	}{
		"closed":            {"", 2, 3, ""},
		"busy":              {"HTTP/1.1 503 Busy\r\n\r\n", 2, 3, ""},
		"no route":          {"HTTP/1.1 502 Bad Gateway\r\n\r\n", 2, 3, ""},
		"too slow":          {"HTTP/1.1 504 Timeout\r\n\r\n", 1, 2, ""},
		"too many requests": {"HTTP/1.1 429 Slow Down\r\nRetry-After: 1\r\n\r\n", 1, 2, ""},
		"busy for an hour":  {"HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\n\r\n", 9, 1, "the proxy requests a wait of 1h0m0s"},
		"not allowed":       {"HTTP/1.1 403 No\r\n\r\n", 9, 1, "it returned 403 No"},
		"login required":    {"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n\r\n", 9, 1, "it returned 407 No"},
		"not HTTP":          {"garbage\r\n\r\n", 9, 1, "malformed HTTP response"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCommand(t)
			e := newEvil(t)
			e.composition(t, repo, tag, innocent)
			server := httptest.NewUnstartedServer(e)
			server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(c)}}
			server.StartTLS()
			t.Cleanup(server.Close)
			address, requests := proxy(t, strings.TrimPrefix(server.URL, "https://"), test.response, test.failing)
			c.env = append(c.env, "HTTPS_PROXY=http://"+address)
			end := c.run("inspect", "--jobs", "1", "--ca-file", "ca.pem", "example.com/"+repo+":"+tag)
			require.EqualValues(t, test.requests, requests.Load(), end.stderr)
			if test.says == "" {
				require.Zero(t, end.status, end.stderr)
				return
			}
			require.Equal(t, 1, end.status, end.stderr)
			require.Contains(t, end.stderr, "the proxy "+address)
			require.Contains(t, end.stderr, test.says)
		})
	}
}
