package referrers_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// editList changes the descriptors of a listing.
func editList(edit func(v1.Descriptor) (v1.Descriptor, bool)) func() []registrytest.Fault {
	return func() []registrytest.Fault {
		return []registrytest.Fault{{Match: registrytest.On("GET", registrytest.Referrers), Do: registrytest.Rewrite(
			func(_ *http.Request, answer *registrytest.Response) {
				var listing v1.IndexManifest
				if json.Unmarshal(answer.Body, &listing) != nil {
					return
				}
				kept := []v1.Descriptor{}
				for _, d := range listing.Manifests {
					if d, ok := edit(d); ok {
						kept = append(kept, d)
					}
				}
				listing.Manifests = kept
				answer.Body, _ = json.Marshal(listing)
			})}}
	}
}

// onlyImages omits the indexes from a listing.
var onlyImages = editList(func(d v1.Descriptor) (v1.Descriptor, bool) { return d, d.MediaType != types.OCIImageIndex })

// withoutTypes omits the artifact types of images from a listing.
var withoutTypes = editList(func(d v1.Descriptor) (v1.Descriptor, bool) {
	if d.MediaType != types.OCIImageIndex {
		d.ArtifactType = ""
	}
	return d, true
})

// otherHost redirects a listing to another host.
func otherHost() []registrytest.Fault {
	return []registrytest.Fault{{Match: registrytest.On("GET", registrytest.Referrers), Do: registrytest.SetHeader(
		"Link", `<http://registry.example.org/v2/other/referrers/x>; rel="next"`)}}
}

const referrersTag = `/manifests/sha256-[0-9a-f]{64}$`

// foreignManifest has an image under every referrers tag.
func foreignManifest() []registrytest.Fault {
	return []registrytest.Fault{{Match: registrytest.On("GET|HEAD", referrersTag), Do: registrytest.Answer(
		http.StatusOK, string(types.OCIManifestSchema1), `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}`)}}
}

// exists reports whether the unmodified registry has a path.
func exists(honest http.Handler, req *http.Request, path string) bool {
	probe := httptest.NewRequest(http.MethodHead, path, nil).WithContext(req.Context())
	probe.Header.Set("Accept", string(types.OCIImageIndex)+", "+string(types.OCIManifestSchema1))
	answer := httptest.NewRecorder()
	honest.ServeHTTP(answer, probe)
	return answer.Code == http.StatusOK
}

// immutableTags rejects a push to an existing tag.
func immutableTags() []registrytest.Fault {
	return []registrytest.Fault{{Match: registrytest.On("PUT", referrersTag), Do: func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if exists(honest, req, req.URL.Path) {
				registrytest.ErrorCode(http.StatusPreconditionFailed, "PRECONDITION")(nil).ServeHTTP(w, req)
				return
			}
			honest.ServeHTTP(w, req)
		})
	}}}
}

var digestsIn = regexp.MustCompile(`sha256:[0-9a-f]{64}`)

// protectsNamed rejects the deletion of a manifest while any index in the repository refers to
// it.
func protectsNamed() []registrytest.Fault {
	var mu sync.Mutex
	names := map[string][]string{} // by the index's path
	return []registrytest.Fault{{Match: registrytest.On("PUT|DELETE", registrytest.Manifests), Do: func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			at := req.URL.Path[:strings.LastIndex(req.URL.Path, "/")+1]
			if req.Method == http.MethodPut {
				body, _ := io.ReadAll(req.Body)
				req.Body = io.NopCloser(bytes.NewReader(body))
				var index v1.IndexManifest
				if json.Unmarshal(body, &index) == nil && len(index.Manifests) > 0 {
					hash, _, _ := v1.SHA256(bytes.NewReader(body))
					for _, d := range index.Manifests {
						names[at+hash.String()] = append(names[at+hash.String()], d.Digest.String())
					}
				}
				honest.ServeHTTP(w, req)
				return
			}
			digest := digestsIn.FindString(req.URL.Path)
			for index, named := range names {
				for _, d := range named {
					if d == digest && strings.HasPrefix(index, at) && exists(honest, req, index) {
						registrytest.ErrorCode(http.StatusForbidden, "DENIED")(nil).ServeHTTP(w, req)
						return
					}
				}
			}
			honest.ServeHTTP(w, req)
		})
	}}}
}

// protectsTagged rejects the deletion of a manifest that the referrers tag refers to.
func protectsTagged() []registrytest.Fault {
	var mu sync.Mutex
	tags := map[string]string{} // the digest under each referrers tag
	return []registrytest.Fault{{Match: registrytest.On("PUT|DELETE", registrytest.Manifests), Do: func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			switch {
			case req.Method == http.MethodPut && strings.Contains(req.URL.Path, "/sha256-"):
				body, _ := io.ReadAll(req.Body)
				req.Body = io.NopCloser(bytes.NewReader(body))
				hash, _, _ := v1.SHA256(bytes.NewReader(body))
				tags[req.URL.Path] = hash.String()
			case req.Method == http.MethodDelete:
				for _, digest := range tags {
					if strings.HasSuffix(req.URL.Path, digest) {
						registrytest.ErrorCode(http.StatusBadRequest, "GOOGLE_MANIFEST_DANGLING_TAG")(nil).ServeHTTP(w, req)
						return
					}
				}
			}
			honest.ServeHTTP(w, req)
		})
	}}}
}
