package wire_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
	"github.com/ocompose/ocompose/internal/remote/wire"
)

// startProxy starts a proxy that responds to CONNECT with a text, and keeps the connection or closes it.
func startProxy(t *testing.T, response string, keep bool) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop); _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
					return
				}
				_, _ = io.WriteString(conn, response)
				if keep {
					<-stop
				}
			}()
		}
	}()
	return l.Addr().String()
}

// through returns the transport of all requests, through a proxy.
func through(proxy string) http.RoundTripper {
	const stall = 100 * time.Millisecond
	base := wire.NewTransport(1, stall)
	base.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: proxy})
	rt := wire.Connection{}.Transport(base, func(string) (*tls.Config, error) { return nil, nil })
	return &wire.Stall{Inner: &wire.Overhead{Inner: rt}, After: stall, Rate: 1, Patience: &wire.Patience{Limit: time.Minute}}
}

// TestProxyFailures: whatever a proxy does in response to CONNECT, the error names the proxy, not
// the registry. A failure that may pass is retried.
func TestProxyFailures(t *testing.T) {
	for name, test := range map[string]struct {
		response string
		keep     bool
		says     string
		again    bool
		wait     time.Duration
	}{
		"closed":            {says: "unexpected EOF", again: true},
		"closed in between": {response: "HTTP/1.1 200 OK\r\nA: b", says: "unexpected EOF", again: true},
		"silent":            {keep: true, says: "did not respond within 100ms"},
		"half a response":   {response: "HTTP/1.1 200 OK\r\n", keep: true, says: "did not respond within 100ms"},
		"not HTTP":          {response: "SSH-2.0-OpenSSH\r\n\r\n", says: "malformed HTTP"},
		"a long header":     {response: "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", 12<<20), says: "unexpected EOF", again: true},
		"not allowed":       {response: "HTTP/1.1 403 Forbidden\r\n\r\n", says: "it returned 403 Forbidden"},
		"login required":    {response: "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", says: "it returned 407"},
		"not implemented":   {response: "HTTP/1.1 501 No\r\n\r\n", says: "it returned 501 No"},
		"busy":              {response: "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\n", says: "it returned 503 Busy", again: true, wait: 7 * time.Second},
		"too many requests": {response: "HTTP/1.1 429 Slow\r\n\r\n", says: "it returned 429 Slow", again: true},
		"no route":          {response: "HTTP/1.1 502 Bad Gateway\r\n\r\n", says: "it returned 502", again: true},
		"too slow":          {response: "HTTP/1.1 504 Timeout\r\n\r\n", says: "it returned 504", again: true},
		"escapes":           {response: "HTTP/1.1 403 \x1b[31m\u202e\r\n\r\n", says: "it returned 403"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := startProxy(t, test.response, test.keep)
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://registry.example.com/v2/", http.NoBody)
			req.RequestURI = ""
			_, err := through(proxy).RoundTrip(req)
			var failed *wire.ProxyError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, proxy, failed.Proxy)
			require.ErrorContains(t, err, test.says)
			require.NotContains(t, err.Error(), "registry.example.com")
			require.NotContains(t, err.Error(), "\x1b")
			retrier := &traffic.Retrier{Policy: traffic.DefaultPolicy(), Clock: traffic.SystemClock{}}
			failure, _ := retrier.FailureOf(req, nil, err)
			again := traffic.RetryableError(t.Context(), err)
			if failure.Status != 0 {
				again = traffic.RetryableStatus(failure.Status)
			}
			require.Equal(t, test.again, again, err)
			require.Equal(t, test.wait, failure.RetryAfter)
		})
	}
}

// TestRegistryFailuresBehindAProxy: an error of the registry behind a proxy is not the proxy's.
func TestRegistryFailuresBehindAProxy(t *testing.T) {
	for name, keep := range map[string]bool{"closed": false, "silent": true} {
		proxy := startProxy(t, "HTTP/1.1 200 OK\r\n\r\n", keep)
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://registry.example.com/v2/", http.NoBody)
		req.RequestURI = ""
		_, err := through(proxy).RoundTrip(req)
		require.Error(t, err, name)
		var failed *wire.ProxyError
		require.False(t, errors.As(err, &failed), "%s: %v", name, err)
	}
}

// TestBusyProxyAsksForTooMuch: a wait that is too long is an error that says who requests it.
func TestBusyProxyAsksForTooMuch(t *testing.T) {
	err := &httperr.LaterError{Wait: time.Hour, Err: &wire.ProxyError{Proxy: "proxy:1", Err: &httperr.BusyProxyError{Status: 503, Err: fmt.Errorf("it returned 503")}}}
	require.EqualError(t, err, "the proxy requests a wait of 1h0m0s: using the proxy proxy:1: it returned 503")
}
