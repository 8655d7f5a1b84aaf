package registrytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Parts of a registry for common faults.
const (
	Blobs     = `^/v2/.+/blobs/[a-z0-9]+:`
	Uploads   = `^/v2/.+/blobs/uploads/`
	Manifests = `^/v2/.+/manifests/`
	Referrers = `^/v2/.+/referrers/`
)

// NoReferrers is a registry without the referrers API: its endpoint has the given behavior (Status(404), HTML(200),
// RedirectToLogin(), …), and the response to a manifest with a subject has no OCI-Subject header.
func NoReferrers(instead Behavior) []Fault {
	return []Fault{
		{Match: On("", Referrers), Do: instead},
		{Match: On("PUT", Manifests), Do: DropHeader("OCI-Subject")},
	}
}

// HeaderWithoutListing is a registry that returns OCI-Subject for a push, but lists nothing.
func HeaderWithoutListing() []Fault {
	return []Fault{{Match: On("GET", Referrers), Do: editListing(func(*http.Request, http.Header, []v1.Descriptor) []v1.Descriptor {
		return nil
	})}}
}

// LateListing is a registry that lists a referrer only from the nth request after its push.
func LateListing(n int) []Fault {
	var mu sync.Mutex
	looks := make(map[v1.Hash]int)
	return []Fault{{Match: On("GET", Referrers), Do: editListing(func(_ *http.Request, _ http.Header, list []v1.Descriptor) []v1.Descriptor {
		mu.Lock()
		defer mu.Unlock()
		return slices.DeleteFunc(list, func(d v1.Descriptor) bool {
			looks[d.Digest]++
			return looks[d.Digest] < n
		})
	})}}
}

// GitLabAlias is a registry that resolves the tag "sha256-HEX" to the digest "sha256:HEX", if it has that manifest.
// https://github.com/oras-project/oras-go/issues/1396
func GitLabAlias() []Fault {
	tag := regexp.MustCompile(`^(.*/manifests/)sha256-([0-9a-f]{64})$`)
	aliased := func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			alias := req.Clone(req.Context())
			alias.URL.Path = tag.ReplaceAllString(req.URL.Path, "${1}sha256:${2}")
			alias.URL.RawPath = ""
			probe := alias.Clone(req.Context())
			probe.Method = http.MethodHead
			found := &discard{header: make(http.Header)}
			honest.ServeHTTP(found, probe)
			if found.status == http.StatusOK {
				req = alias
			}
			honest.ServeHTTP(w, req)
		})
	}
	return []Fault{{Match: On("GET|HEAD", `/manifests/sha256-[0-9a-f]{64}$`), Do: aliased}}
}

// discard is a response writer that keeps only the status.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

// StatefulUploads is a registry whose upload locations are absolute and change with every step: the query has state
// that the next request must include, as the specification allows.
func StatefulUploads() []Fault {
	const state = "_state"
	check := func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Method != http.MethodPost && req.URL.Query().Get(state) == "" {
				honest = ErrorCode(http.StatusBadRequest, "BLOB_UPLOAD_INVALID")(nil)
			}
			honest.ServeHTTP(w, req)
		})
	}
	var steps atomic.Int64
	add := Rewrite(func(req *http.Request, answer *Response) {
		location := answer.Header.Get("Location")
		if strings.Contains(location, "/blobs/uploads/") {
			answer.Header.Set("Location", fmt.Sprintf("http://%s%s?%s=%d", req.Host, location, state, steps.Add(1)))
		}
	})
	return []Fault{{Match: On("", Uploads), Do: check}, {Match: On("", Uploads), Do: add}}
}

// ReferrersPages is a registry that lists n referrers per page, with a Link to the next page.
func ReferrersPages(n int) []Fault {
	return []Fault{{Match: On("GET", Referrers), Do: editListing(func(req *http.Request, header http.Header, list []v1.Descriptor) []v1.Descriptor {
		query := req.URL.Query()
		start, err := strconv.Atoi(query.Get("page-start"))
		if err != nil {
			start = 0
		}
		list = list[min(start, len(list)):]
		if len(list) <= n {
			return list
		}
		query.Set("page-start", strconv.Itoa(start+n))
		header.Set("Link", fmt.Sprintf(`<%s?%s>; rel="next"`, req.URL.EscapedPath(), query.Encode()))
		return list[:n]
	})}}
}

// LoopingReferrers is a registry whose list links to the same page again.
func LoopingReferrers() []Fault {
	return []Fault{{Match: On("GET", Referrers), Do: Rewrite(func(req *http.Request, answer *Response) {
		answer.Header.Set("Link", fmt.Sprintf(`<%s>; rel="next"`, req.URL.RequestURI()))
	})}}
}

// EndlessReferrers is a registry whose list always has another page, each with its own URL.
func EndlessReferrers() []Fault {
	return []Fault{{Match: On("GET", Referrers), Do: Rewrite(func(req *http.Request, answer *Response) {
		page, err := strconv.Atoi(req.URL.Query().Get("page"))
		if err != nil {
			page = 0
		}
		answer.Header.Set("Link", fmt.Sprintf(`<%s?page=%d>; rel="next"`, req.URL.EscapedPath(), page+1))
	})}}
}

// NoRepositoryYet is a registry whose referrers API returns 404 NAME_UNKNOWN for a repository without content.
func NoRepositoryYet() []Fault {
	unknown := func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			probe := req.Clone(req.Context())
			name, _, _ := strings.Cut(req.URL.Path, "/referrers/")
			probe.Method, probe.URL.Path, probe.URL.RawPath, probe.URL.RawQuery = http.MethodHead, name+"/tags/list", "", ""
			found := &discard{header: make(http.Header)}
			honest.ServeHTTP(found, probe)
			if found.status == http.StatusNotFound {
				honest = ErrorCode(http.StatusNotFound, "NAME_UNKNOWN")(nil)
			}
			honest.ServeHTTP(w, req)
		})
	}
	return []Fault{{Match: On("GET", Referrers), Do: unknown}}
}

// editListing changes a list that the registry returns.
func editListing(edit func(req *http.Request, header http.Header, list []v1.Descriptor) []v1.Descriptor) Behavior {
	return Rewrite(func(req *http.Request, answer *Response) {
		var listing v1.IndexManifest
		if answer.Status != http.StatusOK || json.Unmarshal(answer.Body, &listing) != nil {
			return
		}
		list := edit(req, answer.Header, listing.Manifests)
		if list == nil {
			list = []v1.Descriptor{}
		}
		body, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: list})
		if err != nil {
			return // parsed descriptors can be encoded
		}
		answer.Body = body
	})
}
