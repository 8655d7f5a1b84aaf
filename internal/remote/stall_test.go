package remote

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// hangs are responses that never end.
var hangs = map[string]func(w http.ResponseWriter, req *http.Request){
	"no answer": untilTheEnd,
	"a header that never ends": func(w http.ResponseWriter, _ *http.Request) {
		drip(w, "HTTP/1.1 200 OK\r\nX: ", "x")
	},
	"endless informational responses": func(w http.ResponseWriter, _ *http.Request) {
		drip(w, "", "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n")
	},
	"a body that stops": func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(statusFor(req))
		_, _ = fmt.Fprint(w, "{")
		_ = http.NewResponseController(w).Flush()
		untilTheEnd(w, req)
	},
	"a body that drips": func(w http.ResponseWriter, req *http.Request) {
		drip(w, fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{", statusFor(req)), " ")
	},
	"an error whose body drips": func(w http.ResponseWriter, _ *http.Request) {
		drip(w, "HTTP/1.1 418 X\r\nContent-Length: 1000000\r\n\r\n", "x")
	},
	"a redirect whose body drips": func(w http.ResponseWriter, req *http.Request) {
		drip(w, "HTTP/1.1 307 X\r\nLocation: "+req.URL.Path+"\r\nContent-Length: 2000\r\n\r\n", "x")
	},
}

// untilTheEnd returns when the client closes the connection. The server notices that only after
// reading the body.
func untilTheEnd(_ http.ResponseWriter, req *http.Request) {
	_, _ = io.Copy(io.Discard, req.Body)
	<-req.Context().Done()
}

// statusFor returns a success status.
func statusFor(req *http.Request) int {
	if req.Method == http.MethodPut {
		return http.StatusCreated
	}
	return http.StatusOK
}

// drip sends a text, and then another one repeatedly until the client stops reading.
func drip(w http.ResponseWriter, first, next string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	for text := first; ; text = next {
		if _, err := fmt.Fprint(conn, text); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestNothingHangs: the client gives up on every endless response.
func TestNothingHangs(t *testing.T) {
	t.Parallel()
	content := noise(1000, 1)
	requests := []struct {
		name, pattern string
		do            func(t *testing.T, c *Client, repo name.Repository) error
	}{
		{"ping", "^GET /v2/$", func(t *testing.T, c *Client, repo name.Repository) error {
			return c.Ping(t.Context(), repo.Registry)
		}},
		{"token", "^GET /token", func(t *testing.T, c *Client, repo name.Repository) error {
			_, err := c.ListTags(t.Context(), repo)
			return err
		}},
		{"tags", "^GET .*/tags/list$", func(t *testing.T, c *Client, repo name.Repository) error {
			_, err := c.ListTags(t.Context(), repo)
			return err
		}},
		{"manifest", "^GET .*/manifests/", func(t *testing.T, c *Client, repo name.Repository) error {
			_, err := c.GetManifest(t.Context(), repo.Tag("1"))
			return err
		}},
		{"raw", "^GET .*/referrers/", func(t *testing.T, c *Client, repo name.Repository) error {
			req, err := http.NewRequest(http.MethodGet, "/v2/"+repo.RepositoryStr()+"/referrers/x", nil)
			require.NoError(t, err)
			_, err = c.Do(t.Context(), repo, req)
			return err
		}},
		{"blob", "^GET .*/blobs/", func(t *testing.T, c *Client, repo name.Repository) error {
			_, err := c.ReadBlob(t.Context(), repo, blobOf(t, content), 1<<20)
			return err
		}},
		{"manifest that is put", "^PUT .*/manifests/", func(t *testing.T, c *Client, repo name.Repository) error {
			_, err := c.PutManifest(t.Context(), repo.Tag("1"), types.OCIImageIndex, emptyIndex)
			return err
		}},
		{"upload that starts", "^POST ", func(t *testing.T, c *Client, repo name.Repository) error {
			return c.PutBlob(t.Context(), repo, blobOf(t, content), Bytes(content))
		}},
		{"blob that is put", "^PUT .*/blobs/", func(t *testing.T, c *Client, repo name.Repository) error {
			return c.PutBlob(t.Context(), repo, blobOf(t, content), Bytes(content))
		}},
	}
	for _, r := range requests {
		for kind, hang := range hangs {
			t.Run(r.name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				pattern := regexp.MustCompile(r.pattern)
				var asked atomic.Int32
				srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					switch line := req.Method + " " + req.URL.Path; {
					case pattern.MatchString(line):
						asked.Add(1)
						hang(w, req)
					case req.URL.Path == "/v2/" && r.name == "token":
						w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q", "http://"+req.Host+"/token"))
						w.WriteHeader(http.StatusUnauthorized)
					case req.Method == http.MethodPost:
						w.Header().Set("Location", req.URL.Path+"1")
						w.WriteHeader(http.StatusAccepted)
					case req.URL.Path != "/v2/":
						w.WriteHeader(http.StatusNotFound)
					}
				}))
				t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
				policy := DefaultRetry()
				policy.Stall = 200 * time.Millisecond
				c, _ := newClient(WithRetries(policy))
				err := r.do(t, c, repository(t, srv.Listener.Addr().String()+"/team/app"))
				// The status is enough for a write.
				if !strings.Contains(kind, "body") || strings.HasPrefix(kind, "a body") && strings.Contains(r.pattern, "GET") {
					var stalled *httperr.StallError
					require.ErrorAs(t, err, &stalled)
				}
				require.LessOrEqual(t, asked.Load(), int32(2*maxHops))
			})
		}
	}
}

// maxHops is the maximum number of requests for one call, including redirects.
const maxHops = 11
