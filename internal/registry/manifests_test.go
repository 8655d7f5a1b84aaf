package registry_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
)

func TestManifestRoundTrip(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, opts ...registry.Option) {
		r := newRegistry(t, opts...)
		pushBlob(t, r, "app", "{}")
		pushBlob(t, r, "app", "layer")
		image := imageOf(fmt.Sprintf(`"mediaType":%q, `, ociImage), "layer") // including white space
		plain := imageOf("", "layer")
		for _, test := range []struct {
			reference, mediaType, raw, digest string
		}{
			{"1", ociImage, image, sha256Of(image)},
			{sha256Of(image), ociImage, image, sha256Of(image)},
			{sha512Of(image), ociImage, image, sha512Of(image)},
			{"docker", dockerV2, plain, sha256Of(plain)},
			{"parameters", ociImage + "; charset=utf-8", image, sha256Of(image)},
			{"untyped", "", image, sha256Of(image)},
		} {
			got := put(t, r, "app", test.reference, test.mediaType, test.raw)
			require.Equal(t, 201, got.Code, "%s: %s", test.reference, got.Body)
			require.Equal(t, "/v2/app/manifests/"+test.digest, got.Header().Get("Location"))
			require.Equal(t, test.digest, got.Header().Get("Docker-Content-Digest"))
			for _, reference := range []string{test.reference, test.digest} {
				got = call(t, r, "GET", "/v2/app/manifests/"+reference, "")
				require.Equal(t, 200, got.Code, reference)
				require.Equal(t, test.raw, got.Body.String())
				require.Equal(t, test.digest, got.Header().Get("Docker-Content-Digest"))
				if test.mediaType == "" {
					test.mediaType = ociImage
				}
				require.Equal(t, strings.Split(test.mediaType, ";")[0], got.Header().Get("Content-Type"))
				require.Empty(t, got.Header().Get("Accept-Ranges"))
				head := call(t, r, "HEAD", "/v2/app/manifests/"+reference, "")
				require.Equal(t, 200, head.Code)
				require.Zero(t, head.Body.Len())
				require.Equal(t, got.Header(), head.Header())
			}
		}
		require.Equal(t, 404, call(t, r, "GET", "/v2/other/manifests/"+sha256Of(image), "").Code)
		require.Equal(t, 404, call(t, r, "GET", "/v2/app/blobs/"+sha256Of(image), "").Code, "a manifest is not a blob")
		require.Equal(t, 404, call(t, r, "GET", "/v2/app/manifests/"+sha256Of("{}"), "").Code, "a blob is not a manifest")
	})
}

func TestManifestRejected(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	pushBlob(t, r, "other", "elsewhere")
	pushBlob(t, r, "app", "layer")
	child := imageOf("")
	pushImage(t, r, "app", sha256Of(child), child)
	wrongSize := fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, ociLayer, sha256Of("layer"), 6)
	for name, test := range map[string]struct {
		reference, mediaType, raw string
		status                    int
		codes                     []string
	}{
		"no JSON":                  {"1", ociImage, "{", 400, []string{"MANIFEST_INVALID"}},
		"empty":                    {"1", ociImage, "", 400, []string{"MANIFEST_INVALID"}},
		"a list":                   {"1", ociImage, "[]", 400, []string{"MANIFEST_INVALID"}},
		"null":                     {"1", ociImage, "null", 400, []string{"MANIFEST_INVALID"}},
		"two documents":            {"1", ociImage, child + child, 400, []string{"MANIFEST_INVALID"}},
		"no schema version":        {"1", ociImage, strings.Replace(child, `"schemaVersion":2,`, "", 1), 400, []string{"MANIFEST_INVALID"}},
		"unknown type":             {"1", "application/json", child, 400, []string{"MANIFEST_INVALID"}},
		"no type at all":           {"1", "", child, 400, []string{"MANIFEST_INVALID"}},
		"unreadable type":          {"1", "a/b/c;;", child, 400, []string{"MANIFEST_INVALID"}},
		"types disagree":           {"1", ociImage, imageOf(fmt.Sprintf(`"mediaType":%q,`, dockerV2)), 400, []string{"MANIFEST_INVALID"}},
		"image as index":           {"1", ociIndex, child, 400, []string{"MANIFEST_INVALID"}},
		"index as image":           {"1", ociImage, indexOf(""), 400, []string{"MANIFEST_INVALID"}},
		"image and index together": {"1", ociImage, imageOf(`"manifests":[],`), 400, []string{"MANIFEST_INVALID"}},
		"index with layers":        {"1", ociIndex, indexOf(`"layers":[],`), 400, []string{"MANIFEST_INVALID"}},
		"layers null":              {"1", ociImage, strings.Replace(child, "[]", "null", 1), 400, []string{"MANIFEST_INVALID"}},
		"manifests null":           {"1", ociIndex, `{"schemaVersion":2,"manifests":null}`, 400, []string{"MANIFEST_INVALID"}},
		"descriptor without type":  {"1", ociIndex, indexOf("", fmt.Sprintf(`{"digest":%q,"size":1}`, sha256Of(child))), 400, []string{"MANIFEST_INVALID"}},
		"descriptor without digest": {
			"1", ociIndex, indexOf("", fmt.Sprintf(`{"mediaType":%q,"size":1}`, ociImage)), 400, []string{"MANIFEST_INVALID"},
		},
		"negative size": {
			"1", ociIndex, indexOf("", fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":-1}`, ociImage, sha256Of(child))), 400,
			[]string{"MANIFEST_INVALID"},
		},
		"bad digest":             {"1", ociIndex, indexOf("", `{"mediaType":"a/b","digest":"sha256:../x","size":1}`), 400, []string{"MANIFEST_INVALID"}},
		"subject without digest": {"1", ociImage, imageOf(`"subject":{},`), 400, []string{"MANIFEST_INVALID"}},
		"layer missing":          {"1", ociImage, imageOf("", "layer", "missing"), 400, []string{"MANIFEST_BLOB_UNKNOWN"}},
		"layer in another repository": {
			"1", ociImage, imageOf("", "elsewhere"), 400, []string{"MANIFEST_BLOB_UNKNOWN"},
		},
		"several missing": {
			"1", ociImage, imageOf("", "missing", "too"), 400, []string{"MANIFEST_BLOB_UNKNOWN", "MANIFEST_BLOB_UNKNOWN"},
		},
		"layer of another size":   {"1", ociImage, strings.Replace(child, "[]", "["+wrongSize+"]", 1), 400, []string{"SIZE_INVALID"}},
		"child missing":           {"1", ociIndex, indexOf("", descriptor(ociImage, "missing")), 400, []string{"MANIFEST_BLOB_UNKNOWN"}},
		"Docker's child missing":  {"1", dockerList, indexOf("", descriptor(dockerV2, "missing")), 400, []string{"MANIFEST_BLOB_UNKNOWN"}},
		"child is a blob":         {"1", ociIndex, indexOf("", descriptor(ociImage, "layer")), 400, []string{"MANIFEST_BLOB_UNKNOWN"}},
		"other digest":            {sha256Of("else"), ociImage, child, 400, []string{"DIGEST_INVALID"}},
		"too large":               {"1", ociImage, strings.Repeat(" ", 4<<20+1), 413, []string{"MANIFEST_INVALID"}},
		"signed schema 1":         {"1", "application/vnd.docker.distribution.manifest.v1+prettyjws", child, 400, []string{"MANIFEST_INVALID"}},
		"nothing but white space": {"1", ociImage, strings.Repeat(" ", 4<<20), 400, []string{"MANIFEST_INVALID"}},
	} {
		got := put(t, r, "app", test.reference, test.mediaType, test.raw)
		require.Equal(t, test.status, got.Code, "%s: %s", name, got.Body)
		require.Equal(t, test.codes, codesOf(t, got), name)
	}
	require.JSONEq(t, `{"name":"app","tags":[]}`, call(t, r, "GET", "/v2/app/tags/list", "").Body.String())
	require.Equal(t, 400, put(t, r, "new", "1", ociImage, imageOf("", "missing")).Code)
	require.Equal(t, 404, call(t, r, "GET", "/v2/new/tags/list", "").Code, "a rejected manifest creates no repository")
}

// The largest manifest is accepted, and a larger one without Content-Length is rejected too.
func TestManifestLimit(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	pushBlob(t, r, "app", "{}")
	image := imageOf("")
	require.Equal(t, 201, put(t, r, "app", "1", ociImage, image+strings.Repeat("\n", 4<<20-len(image))).Code)
	req, err := http.NewRequest("PUT", "/v2/app/manifests/1", strings.NewReader(strings.Repeat(" ", 4<<20+1)))
	require.NoError(t, err)
	req.ContentLength = -1
	got := call(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { r.ServeHTTP(w, req) }), "GET", "/", "")
	require.Equal(t, 413, got.Code)
}

func TestIndexes(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	child := imageOf("")
	pushImage(t, r, "app", sha256Of(child), child)
	pushBlob(t, r, "app", "some document")
	inner := indexOf("", descriptor(ociImage, child))
	require.Equal(t, 201, put(t, r, "app", sha256Of(inner), ociIndex, inner).Code)
	for name, raw := range map[string]string{
		"empty":           indexOf(""),
		"nested":          indexOf("", descriptor(ociIndex, inner), descriptor(ociImage, child)),
		"of other things": indexOf("", descriptor("text/plain", "some document")),
	} {
		got := put(t, r, "app", "1", ociIndex, raw)
		require.Equal(t, 201, got.Code, "%s: %s", name, got.Body)
	}
	foreign := strings.Replace(child, "[]", "["+descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "not here")+"]", 1)
	require.Equal(t, 201, put(t, r, "app", "foreign", dockerV2, foreign).Code, "a nondistributable layer need not exist")
}

func TestManifestDeletion(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, opts ...registry.Option) {
		r := newRegistry(t, opts...)
		image := imageOf("")
		status := func(method, reference string) int {
			return call(t, r, method, "/v2/app/manifests/"+reference, "").Code
		}
		for _, tag := range []string{"1", "2", "3"} {
			pushImage(t, r, "app", tag, image)
		}
		require.Equal(t, 202, status("DELETE", "1"))
		require.Equal(t, 404, status("GET", "1"))
		require.Equal(t, 404, status("DELETE", "1"))
		require.Equal(t, 200, status("GET", "2"))
		require.Equal(t, 200, status("GET", sha256Of(image)))
		require.Equal(t, 202, status("DELETE", sha256Of(image)))
		for _, reference := range []string{"2", "3", sha256Of(image)} {
			require.Equal(t, 404, status("GET", reference), reference)
		}
		require.Equal(t, 404, status("DELETE", sha256Of(image)))
		require.JSONEq(t, `{"name":"app","tags":[]}`, call(t, r, "GET", "/v2/app/tags/list", "").Body.String())

		// An index with a deleted child can't be pushed again, as with distribution.
		pushImage(t, r, "app", sha256Of(image), image)
		index := indexOf("", descriptor(ociImage, image))
		require.Equal(t, 201, put(t, r, "app", "index", ociIndex, index).Code)
		require.Equal(t, 202, status("DELETE", sha256Of(image)))
		require.Equal(t, []string{"MANIFEST_BLOB_UNKNOWN"}, codesOf(t, put(t, r, "app", "index", ociIndex, index)))
	})
}

// Content that is both a blob and a manifest stays until both are deleted.
func TestManifestBytesAsBlob(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, opts ...registry.Option) {
		r := newRegistry(t, opts...)
		image := imageOf("")
		digest := pushImage(t, r, "app", "1", image)
		pushBlob(t, r, "app", image)
		require.Equal(t, 202, call(t, r, "DELETE", "/v2/app/blobs/"+digest, "").Code)
		require.Equal(t, image, call(t, r, "GET", "/v2/app/manifests/1", "").Body.String())
		require.Equal(t, 202, call(t, r, "DELETE", "/v2/app/manifests/"+digest, "").Code)
		require.Equal(t, 404, call(t, r, "GET", "/v2/app/manifests/1", "").Code)
	})
}

func TestConditionalRequests(t *testing.T) {
	t.Parallel()
	first, second := imageOf(""), imageOf(`"annotations":{"n":"2"},`)
	tag := func(raw string) string { return `"` + sha256Of(raw) + `"` }
	for _, test := range []struct {
		name          string
		header, value string
		present       bool // before the request
		status        int  // if conditions are supported
	}{
		{"the existing one", "If-Match", tag(first), true, 201},
		{"one of several", "If-Match", `"x", ` + tag(first), true, 201},
		{"another one", "If-Match", tag(second), true, 412},
		{"any, there is one", "If-Match", "*", true, 201},
		{"any, there is none", "If-Match", "*", false, 412},
		{"a deleted one", "If-Match", tag(first), false, 412},
		{"must be new, is", "If-None-Match", "*", false, 201},
		{"must be new, is not", "If-None-Match", "*", true, 412},
		{"not this one", "If-None-Match", tag(first), true, 412},
		{"not that one", "If-None-Match", tag(second), true, 201},
	} {
		for _, honored := range []bool{true, false} {
			r := newRegistry(t, registry.WithConditionalRequests(honored))
			pushBlob(t, r, "app", "{}")
			if test.present {
				got := put(t, r, "app", "1", ociImage, first)
				require.Equal(t, tag(first), got.Header().Get("Etag"))
			}
			want, left := test.status, second
			if !honored {
				want = 201
			}
			if want == 412 {
				left = first
			}
			got := put(t, r, "app", "1", ociImage, second, test.header, test.value)
			require.Equal(t, want, got.Code, "%s, honored: %v: %s", test.name, honored, got.Body)
			if want == 201 || test.present {
				require.Equal(t, left, call(t, r, "GET", "/v2/app/manifests/1", "").Body.String(), test.name)
			}
		}
	}
	r := newRegistry(t, registry.WithConditionalRequests(true))
	pushImage(t, r, "app", "1", first)
	require.Equal(t, 412, call(t, r, "DELETE", "/v2/app/manifests/1", "", "If-Match", tag(second)).Code)
	require.Equal(t, 304, call(t, r, "GET", "/v2/app/manifests/1", "", "If-None-Match", tag(first)).Code)
	require.Equal(t, 304, call(t, r, "GET", "/v2/app/manifests/1", "", "If-None-Match", "W/"+tag(first)).Code)
	require.Equal(t, 200, call(t, r, "GET", "/v2/app/manifests/1", "", "If-None-Match", tag(second)).Code)
	require.Equal(t, 202, call(t, r, "DELETE", "/v2/app/manifests/1", "", "If-Match", tag(first)).Code)
}

// If several writers saw the same state, only one succeeds.
func TestConditionIsAtomic(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, registry.WithConditionalRequests(true))
	pushBlob(t, r, "app", "{}")
	var through atomic.Int32
	var wg sync.WaitGroup
	for n := range 16 {
		raw := imageOf(fmt.Sprintf(`"annotations":{"n":"%d"},`, n))
		wg.Go(func() {
			if put(t, r, "app", "1", ociImage, raw, "If-None-Match", "*").Code == 201 {
				through.Add(1)
			}
		})
	}
	wg.Wait()
	require.Equal(t, int32(1), through.Load())
}

func TestOCI10(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, registry.WithOCI10(true))
	subject := imageOf("")
	pushImage(t, r, "app", "1", subject)
	for _, raw := range []string{
		imageOf(`"artifactType":"application/vnd.example",`),
		imageOf(fmt.Sprintf(`"subject":%s,`, descriptor(ociImage, subject))),
	} {
		got := put(t, r, "app", "2", ociImage, raw)
		require.Equal(t, 400, got.Code)
		require.Equal(t, []string{"MANIFEST_INVALID"}, codesOf(t, got))
	}
	index := indexOf(`"artifactType":"application/vnd.example",`)
	require.Equal(t, []string{"MANIFEST_INVALID"}, codesOf(t, put(t, r, "app", "2", ociIndex, index)))
	require.Equal(t, 404, call(t, r, "GET", "/v2/app/referrers/"+sha256Of(subject), "").Code)
}
