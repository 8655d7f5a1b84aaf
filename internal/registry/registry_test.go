package registry_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
)

const (
	ociImage   = "application/vnd.oci.image.manifest.v1+json"
	ociIndex   = "application/vnd.oci.image.index.v1+json"
	ociConfig  = "application/vnd.oci.image.config.v1+json"
	ociLayer   = "application/vnd.oci.image.layer.v1.tar+gzip"
	dockerV2   = "application/vnd.docker.distribution.manifest.v2+json"
	dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
)

func sha256Of(content string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(content))) }
func sha512Of(content string) string { return fmt.Sprintf("sha512:%x", sha512.Sum512([]byte(content))) }

func newRegistry(t testing.TB, opts ...registry.Option) *registry.Registry {
	t.Helper()
	r, err := registry.New(opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// onBoth runs a test on a registry in memory and on one in a folder.
func onBoth(t *testing.T, run func(t *testing.T, opts ...registry.Option)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		run(t)
	})
	t.Run("dir", func(t *testing.T) {
		t.Parallel()
		run(t, registry.WithDir(t.TempDir()))
	})
}

// call sends a request to the handler. The headers are pairs of name and value.
func call(t testing.TB, r http.Handler, method, address, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(method, address, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	got := httptest.NewRecorder()
	r.ServeHTTP(got, req)
	if strings.HasPrefix(got.Header().Get("Content-Type"), "application/json") && got.Code >= 400 && method != "HEAD" {
		codesOf(t, got) // every JSON error must have the specification's form
	}
	return got
}

// codesOf returns the error codes of a response.
func codesOf(t testing.TB, got *httptest.ResponseRecorder) []string {
	t.Helper()
	var body struct {
		Errors []struct{ Code, Message string }
	}
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &body), got.Body.String())
	require.NotEmpty(t, body.Errors)
	var codes []string
	for _, entry := range body.Errors {
		require.Regexp(t, `^[A-Z_]+$`, entry.Code)
		require.NotEmpty(t, entry.Message)
		codes = append(codes, entry.Code)
	}
	return codes
}

// pushBlob pushes a blob and returns its digest.
func pushBlob(t testing.TB, r http.Handler, name, content string) string {
	t.Helper()
	digest := sha256Of(content)
	got := call(t, r, "POST", "/v2/"+name+"/blobs/uploads/?digest="+digest, content)
	require.Equal(t, http.StatusCreated, got.Code, got.Body)
	return digest
}

// descriptor returns a descriptor as JSON.
func descriptor(mediaType, content string) string {
	return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, mediaType, sha256Of(content), len(content))
}

// imageOf returns an image manifest with a config "{}" and layers. more comes before its other
// fields.
func imageOf(more string, layers ...string) string {
	var descriptors []string
	for _, layer := range layers {
		descriptors = append(descriptors, descriptor(ociLayer, layer))
	}
	return fmt.Sprintf(`{"schemaVersion":2,%s"config":%s,"layers":[%s]}`,
		more, descriptor(ociConfig, "{}"), strings.Join(descriptors, ","))
}

func indexOf(more string, descriptors ...string) string {
	return fmt.Sprintf(`{"schemaVersion":2,%s"manifests":[%s]}`, more, strings.Join(descriptors, ","))
}

// put pushes a manifest to a tag or digest.
func put(t testing.TB, r http.Handler, name, reference, mediaType, raw string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return call(t, r, "PUT", "/v2/"+name+"/manifests/"+reference, raw, append([]string{"Content-Type", mediaType}, header...)...)
}

// pushImage pushes an image manifest with its config to a tag or digest and returns its digest.
func pushImage(t testing.TB, r http.Handler, name, reference, raw string) string {
	t.Helper()
	pushBlob(t, r, name, "{}")
	got := put(t, r, name, reference, ociImage, raw)
	require.Equal(t, http.StatusCreated, got.Code, got.Body)
	return sha256Of(raw)
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	long := strings.Repeat("a", 256)
	for _, test := range []struct {
		method, address string
		status          int
		code            string
	}{
		{"GET", "/v2/", 200, ""},
		{"GET", "/v2", 200, ""},
		{"HEAD", "/v2/", 200, ""},
		{"POST", "/v2/", 405, "UNSUPPORTED"},
		{"GET", "/", 404, "UNSUPPORTED"},
		{"GET", "/v1/", 404, "UNSUPPORTED"},
		{"GET", "/v2x", 404, "UNSUPPORTED"},
		{"GET", "/v2/app", 404, "UNSUPPORTED"},
		{"GET", "/v2/app/", 404, "UNSUPPORTED"},
		{"GET", "/v2/app/tags", 404, "UNSUPPORTED"},
		{"GET", "/v2/app/manifests/", 404, "UNSUPPORTED"},
		{"GET", "/token", 404, "UNSUPPORTED"},

		{"GET", "/v2/Upper/tags/list", 400, "NAME_INVALID"},
		{"GET", "/v2/a//b/tags/list", 400, "NAME_INVALID"},
		{"GET", "/v2/a__.b/tags/list", 400, "NAME_INVALID"},
		{"GET", "/v2/a___b/tags/list", 400, "NAME_INVALID"},
		{"GET", "/v2/../tags/list", 400, "NAME_INVALID"},
		{"GET", "/v2/a/%2e%2e/b/tags/list", 400, "NAME_INVALID"},
		{"GET", "/v2/_blobs/tags/list", 400, "NAME_INVALID"},
		{"GET", "/v2/a%00/tags/list", 400, "NAME_INVALID"},
		{"GET", "/v2/a%0a/tags/list", 400, "NAME_INVALID"},
		{"GET", "/v2/" + long + "/tags/list", 400, "NAME_INVALID"},
		{"GET", "/v2//tags/list", 400, "NAME_INVALID"},
		{"GET", "/v2/a..b/manifests/1", 400, "NAME_INVALID"},

		{"GET", "/v2/app/manifests/.dot", 400, "MANIFEST_INVALID"},
		{"GET", "/v2/app/manifests/" + strings.Repeat("t", 129), 400, "MANIFEST_INVALID"},
		{"GET", "/v2/app/manifests/sha256:abc", 400, "MANIFEST_INVALID"},
		{"GET", "/v2/app/manifests/" + strings.Repeat("t", 128), 404, "MANIFEST_UNKNOWN"},
		{"GET", "/v2/app/manifests/" + sha256Of("x"), 404, "MANIFEST_UNKNOWN"},
		{"GET", "/v2/app/manifests/" + sha512Of("x"), 404, "MANIFEST_UNKNOWN"},
		{"GET", "/v2/app/manifests/sha256%3A" + sha256Of("x")[7:], 404, "MANIFEST_UNKNOWN"},
		{"POST", "/v2/app/manifests/1", 405, "UNSUPPORTED"},
		{"DELETE", "/v2/app/manifests/1", 404, "NAME_UNKNOWN"},

		{"GET", "/v2/app/blobs/sha256:abc", 400, "DIGEST_INVALID"},
		{"GET", "/v2/app/blobs/md5:d41d8cd98f00b204e9800998ecf8427e", 400, "DIGEST_INVALID"},
		{"GET", "/v2/app/blobs/" + strings.ToUpper(sha256Of("x")), 400, "DIGEST_INVALID"},
		{"GET", "/v2/app/blobs/" + sha256Of("x"), 404, "BLOB_UNKNOWN"},
		{"HEAD", "/v2/app/blobs/" + sha256Of("x"), 404, ""},
		{"DELETE", "/v2/app/blobs/" + sha256Of("x"), 404, "BLOB_UNKNOWN"},
		{"PUT", "/v2/app/blobs/" + sha256Of("x"), 405, "UNSUPPORTED"},

		{"GET", "/v2/app/tags/list", 404, "NAME_UNKNOWN"},
		{"POST", "/v2/app/tags/list", 405, "UNSUPPORTED"},
		{"GET", "/v2/_catalog", 200, ""},
		{"GET", "/v2/_catalog?n=-1", 400, "UNSUPPORTED"},
		{"POST", "/v2/_catalog", 405, "UNSUPPORTED"},

		{"GET", "/v2/app/referrers/" + sha256Of("x"), 200, ""},
		{"GET", "/v2/app/referrers/tag", 400, "DIGEST_INVALID"},
		{"PUT", "/v2/app/referrers/" + sha256Of("x"), 405, "UNSUPPORTED"},

		{"GET", "/v2/app/blobs/uploads/", 405, "UNSUPPORTED"},
		{"POST", "/v2/app/blobs/uploads/?digest=x", 400, "DIGEST_INVALID"},
		{"POST", "/v2/app/blobs/uploads/?mount=x&from=b", 400, "DIGEST_INVALID"},
		{"POST", "/v2/app/blobs/uploads/?from=../b&mount=" + sha256Of("x"), 400, "NAME_INVALID"},
		{"GET", "/v2/app/blobs/uploads/none", 404, "BLOB_UPLOAD_UNKNOWN"},
		{"PATCH", "/v2/app/blobs/uploads/none", 404, "BLOB_UPLOAD_UNKNOWN"},
		{"PUT", "/v2/app/blobs/uploads/none?digest=" + sha256Of("x"), 404, "BLOB_UPLOAD_UNKNOWN"},
		{"DELETE", "/v2/app/blobs/uploads/none", 404, "BLOB_UPLOAD_UNKNOWN"},
		{"POST", "/v2/app/blobs/uploads/none", 405, "UNSUPPORTED"},
	} {
		got := call(t, r, test.method, test.address, "")
		require.Equal(t, test.status, got.Code, "%s %s: %s", test.method, test.address, got.Body)
		if test.code != "" {
			require.Equal(t, []string{test.code}, codesOf(t, got), "%s %s", test.method, test.address)
		}
		if test.status == http.StatusMethodNotAllowed {
			require.NotEmpty(t, got.Header().Get("Allow"))
			require.NotContains(t, got.Header().Get("Allow"), test.method)
		}
	}
	require.JSONEq(t, `{"repositories":[]}`, call(t, r, "GET", "/v2/_catalog", "").Body.String(), "a request to list must not create a repository")
}

// Parts of a name may equal parts of a URL.
func TestNamesLikeRoutes(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	for _, name := range []string{
		"blobs", "manifests/tags/list", "blobs/uploads", "a/blobs/uploads/b", "referrers", "tags", "v2", "a/manifests/b",
	} {
		pushImage(t, r, name, "1", imageOf(""))
		require.Equal(t, 200, call(t, r, "GET", "/v2/"+name+"/blobs/"+sha256Of("{}"), "").Code, name)
		require.Equal(t, 200, call(t, r, "GET", "/v2/"+name+"/manifests/1", "").Code, name)
		require.JSONEq(t, fmt.Sprintf(`{"name":%q,"tags":["1"]}`, name), call(t, r, "GET", "/v2/"+name+"/tags/list", "").Body.String())
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	r := newRegistry(t, registry.WithLog(&log))
	call(t, r, "GET", "/v2/app/tags/list?n=1", "")
	pushBlob(t, r, "app", "content")
	call(t, r, "GET", "/v2/app/blobs/"+sha256Of("content"), "")
	lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
	require.Len(t, lines, 3)
	require.Regexp(t, `^\d{4}-\S+Z GET /v2/app/tags/list\?n=1 404 \d+ \S+s$`, lines[0])
	require.Regexp(t, ` POST \S+ 201 0 `, lines[1])
	require.Regexp(t, ` GET \S+ 200 7 `, lines[2])
}
