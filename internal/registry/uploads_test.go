package registry_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
)

// begin starts an upload session and returns its URL.
func begin(t testing.TB, r http.Handler, name string) string {
	t.Helper()
	got := call(t, r, "POST", "/v2/"+name+"/blobs/uploads/", "")
	require.Equal(t, 202, got.Code)
	at := got.Header().Get("Location")
	require.Regexp(t, `^/v2/`+name+`/blobs/uploads/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, at)
	return at
}

func TestMonolithicUpload(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, opts ...registry.Option) {
		for _, test := range []struct {
			name   string
			digest string
			status int
			code   string
		}{
			{"sha256", sha256Of(tenBytes), 201, ""},
			{"sha512", sha512Of(tenBytes), 201, ""},
			{"wrong digest", sha256Of("else"), 400, "DIGEST_INVALID"},
			{"wrong sha512", sha512Of("else"), 400, "DIGEST_INVALID"},
			{"no digest", "", 400, "DIGEST_INVALID"},
		} {
			r := newRegistry(t, opts...)
			put := func(at string) *httptest.ResponseRecorder {
				return call(t, r, "PUT", at+"?digest="+test.digest, tenBytes)
			}
			ways := map[string]*httptest.ResponseRecorder{"put": put(begin(t, r, "put"))}
			if test.digest != "" {
				ways["post"] = call(t, r, "POST", "/v2/post/blobs/uploads/?digest="+test.digest, tenBytes)
			}
			for way, got := range ways {
				require.Equal(t, test.status, got.Code, "%s %s: %s", test.name, way, got.Body)
				if test.code != "" {
					require.Equal(t, []string{test.code}, codesOf(t, got))
					continue
				}
				require.Equal(t, "/v2/"+way+"/blobs/"+test.digest, got.Header().Get("Location"))
				require.Equal(t, test.digest, got.Header().Get("Docker-Content-Digest"))
				require.Equal(t, tenBytes, call(t, r, "GET", got.Header().Get("Location"), "").Body.String())
			}
			require.NoError(t, r.Close()) // the next registry needs the folder
		}
	})
}

// The steps of a session, in order.
func TestChunkedUpload(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, opts ...registry.Option) {
		r := newRegistry(t, opts...)
		at := begin(t, r, "app")
		for _, step := range []struct {
			method, body, chunk string
			status              int
			code, held          string
		}{
			{"GET", "", "", 204, "", "0-0"},
			{"PATCH", "012", "0-2", 202, "", "0-2"},
			{"PATCH", "012", "0-2", 416, "BLOB_UPLOAD_INVALID", "0-2"},  // again
			{"PATCH", "56", "5-6", 416, "BLOB_UPLOAD_INVALID", "0-2"},   // too early
			{"PATCH", "34", "3-5", 400, "SIZE_INVALID", ""},             // less than announced
			{"PATCH", "34567", "3-5", 400, "SIZE_INVALID", ""},          // more than announced
			{"PATCH", "3", "3-2", 400, "SIZE_INVALID", ""},              // backwards
			{"PATCH", "3", "bytes 3-3", 400, "BLOB_UPLOAD_INVALID", ""}, // the grammar of another header
			{"PATCH", "3", "3-", 400, "BLOB_UPLOAD_INVALID", ""},        //
			{"PATCH", "3", "3-99999999999999999999", 400, "BLOB_UPLOAD_INVALID", ""},
			{"GET", "", "", 204, "", "0-2"},
			{"PATCH", "34", "3-4", 202, "", "0-4"},
			{"PATCH", "56", "", 202, "", "0-6"}, // as Docker sends it: appended
			{"PUT", "89", "8-9", 416, "BLOB_UPLOAD_INVALID", "0-6"},
			{"PUT", "789", "7-9", 201, "", ""},
			{"GET", "", "", 404, "BLOB_UPLOAD_UNKNOWN", ""},
		} {
			address := at
			if step.method == "PUT" {
				address += "?digest=" + sha256Of(tenBytes)
			}
			var header []string
			if step.chunk != "" {
				header = []string{"Content-Range", step.chunk}
			}
			got := call(t, r, step.method, address, step.body, header...)
			require.Equal(t, step.status, got.Code, "%+v: %s", step, got.Body)
			require.Equal(t, step.held, got.Header().Get("Range"), "%+v", step)
			if step.held != "" {
				require.Equal(t, at, got.Header().Get("Location"))
			}
			if step.code != "" {
				require.Equal(t, []string{step.code}, codesOf(t, got), "%+v", step)
			}
		}
		require.Equal(t, tenBytes, call(t, r, "GET", "/v2/app/blobs/"+sha256Of(tenBytes), "").Body.String())
	})
}

// brokenBody is a request body that breaks off.
type brokenBody struct{ io.Reader }

func (b brokenBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// The arrived bytes of a chunk are kept; a closing request that broke off can be sent again.
func TestBrokenUploads(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, opts ...registry.Option) {
		r := newRegistry(t, opts...)
		send := func(method, address, body string) *httptest.ResponseRecorder {
			req := httptest.NewRequest(method, address, brokenBody{strings.NewReader(body)})
			got := httptest.NewRecorder()
			r.ServeHTTP(got, req)
			return got
		}
		held := func(at string) string { return call(t, r, "GET", at, "").Header().Get("Range") }
		at := begin(t, r, "app")
		closing := at + "?digest=" + sha256Of(tenBytes)
		require.Equal(t, 400, send("PATCH", at, "012").Code)
		require.Equal(t, "0-2", held(at))
		require.Equal(t, 400, send("PUT", closing, "3456").Code)
		require.Equal(t, "0-2", held(at))
		for _, body := range []string{"34", "34567"} { // without a Content-Length
			req := httptest.NewRequest("PATCH", at, io.MultiReader(strings.NewReader(body)))
			req.Header.Set("Content-Range", "3-5")
			got := httptest.NewRecorder()
			r.ServeHTTP(got, req)
			require.Equal(t, []string{"SIZE_INVALID"}, codesOf(t, got))
			require.Equal(t, "0-2", held(at))
		}
		require.Equal(t, 201, call(t, r, "PUT", closing, "3456789").Code)

		require.Equal(t, 400, send("POST", "/v2/app/blobs/uploads/?digest="+sha256Of("abc"), "ab").Code)
		require.Equal(t, 404, call(t, r, "GET", "/v2/app/blobs/"+sha256Of("abc"), "").Code)
	})
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	at := begin(t, r, "app")
	other := strings.Replace(at, "/app/", "/other/", 1)
	require.Equal(t, 404, call(t, r, "GET", other, "").Code, "a session belongs to its repository")
	require.Equal(t, 404, call(t, r, "PUT", other+"?digest="+sha256Of(""), "").Code)
	require.Equal(t, 202, call(t, r, "PATCH", at, tenBytes).Code)
	require.Equal(t, 204, call(t, r, "DELETE", at, "").Code)
	require.Equal(t, 404, call(t, r, "DELETE", at, "").Code)
	require.Equal(t, 404, call(t, r, "PUT", at+"?digest="+sha256Of(tenBytes), "").Code)

	at = begin(t, r, "app")
	require.Equal(t, 400, call(t, r, "PUT", at+"?digest="+sha256Of("else"), tenBytes).Code)
	require.Equal(t, 404, call(t, r, "GET", at, "").Code, "content with the wrong digest must be deleted")
}
