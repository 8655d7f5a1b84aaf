package registry

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// No request causes an internal error, and all names stay in their folder.
func FuzzRequest(f *testing.F) {
	digest := "sha256:" + strings.Repeat("0", 64)
	for _, seed := range []struct{ method, path, query, header, body string }{
		{"GET", "/v2/", "", "", ""},
		{"GET", "/v2/app/tags/list", "n=1&last=x", "", ""},
		{"GET", "/v2/a/b/manifests/" + digest, "", "", ""},
		{"PUT", "/v2/app/manifests/1", "", "application/vnd.oci.image.index.v1+json", `{"schemaVersion":2,"manifests":[]}`},
		{"POST", "/v2/app/blobs/uploads/", "mount=" + digest + "&from=b", "", ""},
		{"POST", "/v2/app/blobs/uploads/", "digest=" + digest, "", "content"},
		{"PATCH", "/v2/app/blobs/uploads/x", "", "0-3", "body"},
		{"GET", "/v2/app/blobs/" + digest, "", "bytes=1-2", ""},
		{"DELETE", "/v2/../blobs/" + digest, "", "", ""},
		{"GET", "/v2/app/referrers/" + digest, "artifactType=a/b", "", ""},
		{"GET", "/token", "scope=repository:a:pull", "Basic YTpi", ""},
	} {
		f.Add(seed.method, seed.path, seed.query, seed.header, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, path, query, header, body string) {
		for _, opts := range [][]Option{nil, {WithTokenAuth(Access{Users: map[string]string{"a": "b"}})}} {
			r, err := New(opts...)
			if err != nil {
				t.Fatal(err)
			}
			req := &http.Request{
				Method: method, URL: &url.URL{Path: path, RawQuery: query}, Host: "localhost",
				Header: http.Header{"Range": {header}, "Content-Range": {header}, "Content-Type": {header}, "Authorization": {header}},
				Body:   http.NoBody, ContentLength: int64(len(body)),
			}
			req.Body = httptest.NewRequest("PUT", "/", strings.NewReader(body)).Body
			answer := httptest.NewRecorder()
			r.ServeHTTP(answer, req)
			if answer.Code >= 500 {
				t.Fatalf("%s %q: %d %s", method, path, answer.Code, answer.Body)
			}
			checkNames(t, r)
		}
		checkRange(t, header, int64(len(body)))
	})
}

// checkNames requires that the path of every repository and tag stays below its folder.
func checkNames(t *testing.T, r *Registry) {
	t.Helper()
	for name, repo := range r.catalog.repositories {
		if name != path.Clean(name) || !filepath.IsLocal(name) || strings.Contains(name, "/_") || strings.HasPrefix(name, "_") {
			t.Fatalf("the name %q leaves its folder", name)
		}
		for tag := range repo.tags {
			if strings.ContainsAny(tag, `/\`) || !filepath.IsLocal(tag) {
				t.Fatalf("the tag %q leaves its folder", tag)
			}
		}
	}
}

func checkRange(t *testing.T, header string, size int64) {
	t.Helper()
	part, err := parseRange(header, size)
	if err == nil && (part.start < 0 || part.length < 1 || part.start+part.length > size) {
		t.Fatalf("the range %q of %d bytes became %+v", header, size, part)
	}
}

// An accepted manifest has a known type, and only valid digests and sizes.
func FuzzManifest(f *testing.F) {
	digest := "sha256:" + strings.Repeat("0", 64)
	child := `{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"` + digest + `","size":1}`
	f.Add(string(types.OCIImageIndex), `{"schemaVersion":2,"manifests":[`+child+`],"subject":`+child+`,"artifactType":"a/b"}`)
	f.Add(string(types.OCIManifestSchema1), `{"schemaVersion":2,"config":`+child+`,"layers":[`+child+`],"annotations":{"a":"b"}}`)
	f.Add(string(types.DockerManifestList), `{"schemaVersion":2,"manifests":null}`)
	f.Add("", `{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json"}`)
	f.Fuzz(func(t *testing.T, mediaType, raw string) {
		m, err := parseManifest(types.MediaType(mediaType), v1.Hash{}, []byte(raw))
		if err != nil {
			var answer *apiError
			if !errors.As(err, &answer) {
				t.Fatalf("not an answer: %v", err)
			}
			return
		}
		if !m.mediaType.IsImage() && !m.mediaType.IsIndex() {
			t.Fatalf("taken as %q", m.mediaType)
		}
		for _, need := range m.needs {
			if _, err := v1.NewHash(need.Digest.String()); err != nil || need.Size < 0 {
				t.Fatalf("needs %+v", need)
			}
		}
		if m.subject != nil {
			if _, err := v1.NewHash(m.subject.String()); err != nil {
				t.Fatal(err)
			}
		}
	})
}
