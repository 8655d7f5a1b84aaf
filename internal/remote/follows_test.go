package remote

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLibraryFollowsNoRedirects: redirects are followed below the library, or are errors. The
// library must not see them.
func TestLibraryFollowsNoRedirects(t *testing.T) {
	t.Parallel()
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch {
		case req.URL.Path == "/v2/":
		case req.Method == http.MethodPost:
			w.Header().Set("Location", "/upload")
			w.WriteHeader(http.StatusAccepted)
		case req.Method == http.MethodPut:
			asked++
			_, _ = io.Copy(io.Discard, req.Body)
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusSeeOther)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer srv.Close()
	c, _ := newClient()
	content := noise(100, 1)
	err := c.PutBlob(context.Background(), repository(t, srv.Listener.Addr().String()+"/team/app"), blobOf(t, content), Bytes(content))
	require.ErrorContains(t, err, "303")
	require.Equal(t, 1, asked)
}
