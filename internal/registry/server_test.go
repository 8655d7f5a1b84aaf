package registry_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
)

// A request in progress when the server is stopped gets its response; the next one gets no
// connection.
func TestServeEndsCleanly(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	entered, leave := make(chan struct{}), make(chan struct{})
	r := newRegistry(t)
	handler := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		close(entered)
		<-leave
		r.ServeHTTP(w, req)
	})
	ended := make(chan error, 1)
	go func() { ended <- registry.Serve(ctx, listener, handler) }()
	answered := make(chan error, 1)
	address := "http://" + listener.Addr().String() + "/v2/"
	go func() {
		resp, err := http.Get(address)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		answered <- err
	}()
	<-entered
	stop()
	close(leave)
	require.NoError(t, <-answered)
	require.NoError(t, <-ended)
	_, err = http.Get(address)
	require.Error(t, err)
}

func TestServeOnClosedListener(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	require.ErrorIs(t, registry.Serve(context.Background(), listener, newRegistry(t)), net.ErrClosed)
}
