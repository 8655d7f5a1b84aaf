package registrytest_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// answer is the response as seen by a client. err is set if the connection broke before its end.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func ask(t testing.TB, s *registrytest.Server, method, path string, body string, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, s.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{
		// Without keep-alive, the transport does not retry by itself.
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: string(raw), err: err}
}

func digest(content string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(content))) }

const content = "some content of a blob"

// withBlob starts a server with a blob in the repository app, and returns the blob's path.
func withBlob(t testing.TB) (*registrytest.Server, string) {
	t.Helper()
	s := registrytest.Start(t)
	got := ask(t, s, "POST", "/v2/app/blobs/uploads/?digest="+digest(content), content)
	require.Equal(t, http.StatusCreated, got.status, got.body)
	s.Reset()
	return s, "/v2/app/blobs/" + digest(content)
}
