package registry_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
)

// BenchmarkBlob pushes and pulls one blob over loopback: the registry must be faster than the
// clients that are measured against it.
func BenchmarkBlob(b *testing.B) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 4<<20)
	digest := sha256Of(string(content))
	for _, kind := range []string{"memory", "dir"} {
		var opts []registry.Option
		if kind == "dir" {
			opts = []registry.Option{registry.WithDir(b.TempDir())}
		}
		server := httptest.NewServer(newRegistry(b, opts...))
		ask := func(method, path string, body io.Reader) {
			req, err := http.NewRequest(method, server.URL+path, body)
			require.NoError(b, err)
			resp, err := server.Client().Do(req)
			require.NoError(b, err)
			n, err := io.Copy(io.Discard, resp.Body)
			require.NoError(b, err)
			require.NoError(b, resp.Body.Close())
			require.Less(b, resp.StatusCode, 300)
			if method == "GET" {
				require.Equal(b, int64(len(content)), n)
			}
		}
		b.Run(fmt.Sprintf("%s/push", kind), func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			b.ReportAllocs()
			for b.Loop() {
				ask("POST", "/v2/app/blobs/uploads/?digest="+digest, bytes.NewReader(content))
			}
		})
		b.Run(fmt.Sprintf("%s/pull", kind), func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			b.ReportAllocs()
			for b.Loop() {
				ask("GET", "/v2/app/blobs/"+digest, nil)
			}
		})
		server.Close()
	}
}
