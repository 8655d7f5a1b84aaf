package httperr_test

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// TestBrief: the reason for a failed connection is shown once, and is still found by errors.As.
func TestBrief(t *testing.T) {
	t.Parallel()
	get := func(err error) error { return &url.Error{Op: "Get", URL: "https://r.example/v2/", Err: err} }
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5000}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	missing := &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "r.example", Server: "192.0.2.1:53", IsNotFound: true}}
	other := errors.New("something else")
	answer := &transport.Error{
		StatusCode: http.StatusNotFound, Request: &http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "https", Host: "r.example", Path: "/v2/app/manifests/1"}},
		Errors: []transport.Diagnostic{{Code: transport.ManifestUnknownErrorCode, Message: "no such manifest"}},
	}
	for _, test := range []struct {
		err  error
		says string
		is   error
	}{
		{get(refused), "connecting to 127.0.0.1:5000: connection refused", syscall.ECONNREFUSED},
		{get(missing), "looking up r.example: no such host", missing},
		{get(other), `Get "https://r.example/v2/": something else`, other},
		{other, "something else", other},
		{answer, "MANIFEST_UNKNOWN: no such manifest", answer},
	} {
		err := httperr.Brief(test.err)
		require.EqualError(t, err, test.says)
		require.ErrorIs(t, err, test.is)
	}
}
