package registrytest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

var manifestsPath = regexp.MustCompile(`^/v2/.+/manifests/`)

// FlatIndexesOnly is a registry that rejects nested indexes, like Quay: 400 MANIFEST_INVALID, for
// any media type in the descriptor.
func FlatIndexesOnly() []Fault {
	refusal := Answer(http.StatusBadRequest, "application/json",
		`{"errors":[{"code":"MANIFEST_INVALID","detail":{"message":"Could not load manifest labels for child manifest"},"message":"manifest invalid"}]}`)
	check := func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			var index v1.IndexManifest
			_ = json.Unmarshal(peekBody(req), &index) // the registry rejects invalid JSON
			for _, child := range index.Manifests {
				if child.MediaType.IsIndex() || mediaTypeOf(honest, req, child.Digest.String()).IsIndex() {
					refusal(nil).ServeHTTP(w, req)
					return
				}
			}
			honest.ServeHTTP(w, req)
		})
	}
	return []Fault{{Match: On("PUT", Manifests), Do: check}}
}

// peekBody reads the body of a request so that it can be read again.
func peekBody(req *http.Request) []byte {
	body, _ := io.ReadAll(req.Body) // the handler gets the same error
	req.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

// mediaTypeOf asks the registry for the media type of a manifest in the repository of req.
func mediaTypeOf(honest http.Handler, req *http.Request, reference string) types.MediaType {
	head := req.Clone(req.Context())
	head.Method, head.Body, head.ContentLength = http.MethodHead, http.NoBody, 0
	head.Header.Del("Content-Type")
	head.URL.Path, head.URL.RawPath, head.URL.RawQuery = manifestsPath.FindString(req.URL.Path)+reference, "", ""
	found := &discard{header: make(http.Header)}
	honest.ServeHTTP(found, head)
	if found.status != http.StatusOK {
		return ""
	}
	return types.MediaType(found.header.Get("Content-Type"))
}
