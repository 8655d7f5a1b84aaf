package registrytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// RefuseMounts is a registry that rejects mounts with an error.
func RefuseMounts(status int) []Fault {
	post := On("POST", Uploads)
	return []Fault{{
		Match: func(req *http.Request) bool { return post(req) && req.URL.Query().Get("mount") != "" },
		Do:    ErrorCode(status, "UNSUPPORTED"),
	}}
}

// RefusalsAs is a registry that rejects manifests with its own status and code.
func RefusalsAs(status int, code string) []Fault {
	return []Fault{{Match: On("PUT", Manifests), Do: Rewrite(func(_ *http.Request, answer *Response) {
		if answer.Status == http.StatusBadRequest {
			answer.Status = status
			answer.Body = fmt.Appendf(nil, `{"errors":[{"code":%q,"message":"Invalid parameter at 'ImageManifest'"}]}`, code)
		}
	})}}
}

// LateBlobs is a registry that misses the blobs of a manifest on its first push.
func LateBlobs() []Fault {
	var mu sync.Mutex
	asked := map[string]bool{}
	put := On("PUT", Manifests)
	return []Fault{{
		Match: func(req *http.Request) bool {
			if !put(req) {
				return false
			}
			mu.Lock()
			defer mu.Unlock()
			before := asked[req.URL.Path]
			asked[req.URL.Path] = true
			return !before
		},
		Do: ErrorCode(http.StatusBadRequest, "MANIFEST_BLOB_UNKNOWN"),
	}}
}

// ImmutableTags is a registry that never overwrites a tag, not even with the same content.
func ImmutableTags() []Fault {
	refusal := ErrorCode(http.StatusBadRequest, "TAG_INVALID")
	return []Fault{{Match: On("PUT", Manifests), Do: func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			reference := req.URL.Path[strings.LastIndexByte(req.URL.Path, '/')+1:]
			if !strings.Contains(reference, ":") && mediaTypeOf(honest, req, reference) != "" {
				honest = refusal(nil)
			}
			honest.ServeHTTP(w, req)
		})
	}}}
}

// PlatformsRequired is a registry that rejects an index that has an entry without a platform, like Pulp.
func PlatformsRequired() []Fault {
	refusal := Answer(http.StatusBadRequest, "application/json",
		`{"errors":[{"code":"MANIFEST_INVALID","message":"manifests.0: 'platform' is a required property"}]}`)
	return []Fault{{Match: On("PUT", Manifests), Do: func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			var index v1.IndexManifest
			_ = json.Unmarshal(peekBody(req), &index) // the registry rejects invalid JSON
			for _, child := range index.Manifests {
				if child.Platform == nil {
					refusal(nil).ServeHTTP(w, req)
					return
				}
			}
			honest.ServeHTTP(w, req)
		})
	}}}
}

// TokensOfUses limits each token to a number of requests.
func TokensOfUses(uses int) Fault {
	var mu sync.Mutex
	used := map[string]int{}
	return Fault{
		Match: func(req *http.Request) bool {
			token := req.Header.Get("Authorization")
			if !strings.HasPrefix(token, "Bearer ") {
				return false
			}
			mu.Lock()
			defer mu.Unlock()
			used[token]++
			return used[token] > uses
		},
		Do: changeRequest(func(req *http.Request) { req.Header.Del("Authorization") }),
	}
}

var openRange = regexp.MustCompile(`^bytes=\d+-$`)

// ClosedRanges is a registry that supports only ranges with an end, and cuts every other blob response.
func ClosedRanges() []Fault {
	get := On("GET", Blobs)
	return []Fault{
		{
			Match: func(req *http.Request) bool { return get(req) && openRange.MatchString(req.Header.Get("Range")) },
			Do:    ErrorCode(http.StatusRequestedRangeNotSatisfiable, "UNKNOWN"),
		},
		{Match: get, Do: CutAnswer(500), Every: 2},
	}
}
