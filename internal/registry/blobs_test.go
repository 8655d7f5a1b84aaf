package registry_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
)

const tenBytes = "0123456789"

func TestBlobRead(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, opts ...registry.Option) {
		r := newRegistry(t, opts...)
		pushBlob(t, r, "app", tenBytes)
		pushBlob(t, r, "app", "")
		address := "/v2/app/blobs/" + sha256Of(tenBytes)
		for _, test := range []struct {
			asked   string // the Range header
			status  int
			body    string
			content string // the Content-Range header
		}{
			{"", 200, tenBytes, ""},
			{"bytes=0-0", 206, "0", "bytes 0-0/10"},
			{"bytes=0-9", 206, tenBytes, "bytes 0-9/10"},
			{"bytes=3-5", 206, "345", "bytes 3-5/10"},
			{"bytes=7-", 206, "789", "bytes 7-9/10"},
			{"bytes=7-100", 206, "789", "bytes 7-9/10"},
			{"bytes=-2", 206, "89", "bytes 8-9/10"},
			{"bytes=-100", 206, tenBytes, "bytes 0-9/10"},
			{"bytes=10-", 416, "", "bytes */10"},
			{"bytes=100-200", 416, "", "bytes */10"},
			{"bytes=-0", 416, "", "bytes */10"},
			// Invalid ranges are ignored.
			{"bytes=5-3", 200, tenBytes, ""},
			{"bytes=a-b", 200, tenBytes, ""},
			{"bytes=", 200, tenBytes, ""},
			{"bytes=-", 200, tenBytes, ""},
			{"bytes=+1-2", 200, tenBytes, ""},
			{"bytes=0-1,3-4", 200, tenBytes, ""},
			{"lines=0-1", 200, tenBytes, ""},
			{"bytes=99999999999999999999-", 200, tenBytes, ""},
		} {
			got := call(t, r, "GET", address, "", "Range", test.asked)
			require.Equal(t, test.status, got.Code, test.asked)
			require.Equal(t, test.content, got.Header().Get("Content-Range"), test.asked)
			require.Equal(t, "bytes", got.Header().Get("Accept-Ranges"))
			if test.status < 400 {
				require.Equal(t, test.body, got.Body.String(), test.asked)
				require.Equal(t, strconv.Itoa(len(test.body)), got.Header().Get("Content-Length"), test.asked)
				require.Equal(t, sha256Of(tenBytes), got.Header().Get("Docker-Content-Digest"))
				require.Equal(t, "application/octet-stream", got.Header().Get("Content-Type"))
			}
		}
		got := call(t, r, "GET", address, "", "Range", "bytes=1-2", "If-Range", `"other"`)
		require.Equal(t, tenBytes, got.Body.String())
		got = call(t, r, "GET", address, "", "Range", "bytes=1-2", "If-Range", got.Header().Get("Etag"))
		require.Equal(t, "12", got.Body.String())

		got = call(t, r, "HEAD", address, "", "Range", "bytes=1-2")
		require.Equal(t, 200, got.Code)
		require.Equal(t, "10", got.Header().Get("Content-Length"))
		require.Zero(t, got.Body.Len())

		empty := call(t, r, "GET", "/v2/app/blobs/"+sha256Of(""), "")
		require.Equal(t, 200, empty.Code)
		require.Zero(t, empty.Body.Len())
		require.Equal(t, 416, call(t, r, "GET", "/v2/app/blobs/"+sha256Of(""), "", "Range", "bytes=0-").Code)
	})
}

// A blob exists in the repositories that it was pushed to or mounted into, and stays there if it
// is deleted from another one.
func TestBlobsBelongToRepositories(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, opts ...registry.Option) {
		r := newRegistry(t, opts...)
		digest := pushBlob(t, r, "one", tenBytes)
		status := func(name string) int { return call(t, r, "GET", "/v2/"+name+"/blobs/"+digest, "").Code }
		require.Equal(t, 200, status("one"))
		require.Equal(t, 404, status("two"))

		mount := func(to, query string) *httptest.ResponseRecorder {
			return call(t, r, "POST", "/v2/"+to+"/blobs/uploads/?mount="+digest+query, "")
		}
		for _, query := range []string{"&from=three", "", "&from=two"} { // none of them has it
			got := mount("two", query)
			require.Equal(t, 202, got.Code, query)
			require.Equal(t, 204, call(t, r, "DELETE", got.Header().Get("Location"), "").Code)
		}
		got := mount("two", "&from=one")
		require.Equal(t, 201, got.Code)
		require.Equal(t, "/v2/two/blobs/"+digest, got.Header().Get("Location"))
		require.Equal(t, digest, got.Header().Get("Docker-Content-Digest"))
		require.Equal(t, 200, status("two"))
		require.Equal(t, 201, mount("two", "&from=nowhere").Code, "it exists already")
		require.Equal(t, 201, mount("two", "").Code, "it exists already")

		require.Equal(t, 202, call(t, r, "DELETE", "/v2/one/blobs/"+digest, "").Code)
		require.Equal(t, 404, status("one"))
		require.Equal(t, 200, status("two"))
		require.Equal(t, 202, call(t, r, "DELETE", "/v2/two/blobs/"+digest, "").Code)
		require.Equal(t, 404, status("two"))
		require.Equal(t, 202, mount("one", "&from=two").Code)
		pushBlob(t, r, "one", tenBytes)
		require.Equal(t, 200, status("one"))
	})
}

func TestDeletionDisabled(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, registry.WithDelete(false))
	digest := pushImage(t, r, "app", "1", imageOf(""))
	for _, address := range []string{"/v2/app/blobs/" + sha256Of("{}"), "/v2/app/manifests/1", "/v2/app/manifests/" + digest} {
		got := call(t, r, "DELETE", address, "")
		require.Equal(t, 405, got.Code, address)
		require.Equal(t, []string{"UNSUPPORTED"}, codesOf(t, got))
		require.Equal(t, 200, call(t, r, "GET", address, "").Code, address)
	}
}

// Content of many sizes is returned unchanged, for each kind of upload, and over real
// connections.
func TestBlobSizes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, opts ...registry.Option) {
		r := newRegistry(t, opts...)
		server := httptest.NewServer(r)
		defer server.Close()
		send := func(method, address string, body io.Reader, header ...string) *http.Response {
			req, err := http.NewRequest(method, server.URL+address, body)
			require.NoError(t, err)
			for i := 0; i < len(header); i += 2 {
				req.Header.Set(header[i], header[i+1])
			}
			resp, err := server.Client().Do(req)
			require.NoError(t, err)
			t.Cleanup(func() { _ = resp.Body.Close() })
			return resp
		}
		random := rand.NewChaCha8([32]byte{1})
		for _, size := range []int{0, 1, 4095, 4096, 4097, 100_000, 4 << 20, 4<<20 + 1, 9_000_001} {
			content := make([]byte, size)
			_, _ = random.Read(content)
			digest := sha256Of(string(content))
			for way, push := range map[string]func(name string) *http.Response{
				"post": func(name string) *http.Response {
					return send("POST", "/v2/"+name+"/blobs/uploads/?digest="+digest, bytes.NewReader(content))
				},
				"post-unknown-length": func(name string) *http.Response {
					return send("POST", "/v2/"+name+"/blobs/uploads/?digest="+digest, io.MultiReader(bytes.NewReader(content)))
				},
				"put": func(name string) *http.Response {
					at := send("POST", "/v2/"+name+"/blobs/uploads/", nil).Header.Get("Location")
					return send("PUT", at+"?digest="+digest, bytes.NewReader(content))
				},
				"chunks": func(name string) *http.Response {
					at := send("POST", "/v2/"+name+"/blobs/uploads/", nil).Header.Get("Location")
					for start := 0; start < size; start += 1_000_000 {
						end := min(start+1_000_000, size)
						resp := send("PATCH", at, bytes.NewReader(content[start:end]), "Content-Range", fmt.Sprintf("%d-%d", start, end-1))
						require.Equal(t, 202, resp.StatusCode)
						require.Equal(t, fmt.Sprintf("0-%d", end-1), resp.Header.Get("Range"))
					}
					return send("PUT", at+"?digest="+digest, nil)
				},
			} {
				name := fmt.Sprintf("%s/%d", way, size)
				require.Equal(t, 201, push(name).StatusCode, name)
				resp := send("GET", "/v2/"+name+"/blobs/"+digest, nil)
				got, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				require.True(t, bytes.Equal(content, got), name)
				if size > 2 {
					resp = send("GET", "/v2/"+name+"/blobs/"+digest, nil, "Range", fmt.Sprintf("bytes=%d-%d", size/3, size-2))
					got, err = io.ReadAll(resp.Body)
					require.NoError(t, err)
					require.True(t, bytes.Equal(content[size/3:size-1], got), name)
				}
			}
		}
	})
}

// Concurrent pushes, mounts, reads and deletions of the same content never lose the content of a
// repository.
func TestConcurrentUseOfOneBlob(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, opts ...registry.Option) {
		r := newRegistry(t, opts...)
		content := strings.Repeat("shared", 1000)
		digest := sha256Of(content)
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				name := fmt.Sprintf("worker%d", worker)
				for range 30 {
					if got := call(t, r, "POST", "/v2/"+name+"/blobs/uploads/?digest="+digest, content); got.Code != 201 {
						t.Errorf("push: %d %s", got.Code, got.Body)
					}
					if got := call(t, r, "GET", "/v2/"+name+"/blobs/"+digest, ""); got.Code != 200 || got.Body.String() != content {
						t.Errorf("read: %d", got.Code)
					}
					call(t, r, "POST", "/v2/other/blobs/uploads/?from="+name+"&mount="+digest, "")
					if got := call(t, r, "DELETE", "/v2/"+name+"/blobs/"+digest, ""); got.Code != 202 {
						t.Errorf("delete: %d %s", got.Code, got.Body)
					}
				}
			})
		}
		wg.Wait()
		require.Equal(t, content, call(t, r, "GET", "/v2/other/blobs/"+digest, "").Body.String())
	})
}
