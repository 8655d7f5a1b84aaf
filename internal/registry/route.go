package registry

import (
	"net/http"
	"strings"
)

// endpoint is a kind of URL below /v2/, see
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints.
type endpoint int

const (
	endpointNone endpoint = iota
	endpointBase
	endpointCatalog
	endpointTags
	endpointManifest
	endpointReferrers
	endpointUploads
	endpointUpload
	endpointBlob
)

// route is a request's parsed URL path. The name is not checked yet.
type route struct {
	endpoint endpoint
	name     string
	last     string // tag, digest or upload session
}

// parseRoute parses the path from its end, because parts of a repository's name may be "blobs" or "manifests".
func parseRoute(path string) route {
	rest, ok := strings.CutPrefix(path, "/v2")
	switch {
	case !ok:
		return route{}
	case rest == "" || rest == "/":
		return route{endpoint: endpointBase}
	case rest == "/_catalog":
		return route{endpoint: endpointCatalog}
	case rest[0] != '/':
		return route{}
	}
	rest = rest[1:]
	if name, ok := strings.CutSuffix(rest, "/tags/list"); ok {
		return route{endpoint: endpointTags, name: name}
	}
	slash := strings.LastIndexByte(rest, '/')
	if slash < 0 {
		return route{}
	}
	parent, last := rest[:slash], rest[slash+1:]
	if name, ok := strings.CutSuffix(parent, "/blobs/uploads"); ok {
		if last == "" {
			return route{endpoint: endpointUploads, name: name}
		}
		return route{endpoint: endpointUpload, name: name, last: last}
	}
	for suffix, kind := range map[string]endpoint{
		"/manifests": endpointManifest,
		"/referrers": endpointReferrers,
		"/blobs":     endpointBlob,
	} {
		if name, ok := strings.CutSuffix(parent, suffix); ok && last != "" {
			return route{endpoint: kind, name: name, last: last}
		}
	}
	return route{}
}

// ServeHTTP serves one request of the distribution specification.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	entry := r.startLog(&w, req)
	defer entry.finish()
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	if err := r.serve(w, req); err != nil {
		writeError(w, req, err)
	}
}

func (r *Registry) serve(w http.ResponseWriter, req *http.Request) error {
	if r.auth != nil && req.URL.Path == tokenPath {
		return r.auth.serveToken(w, req)
	}
	at := parseRoute(req.URL.Path)
	switch at.endpoint {
	case endpointNone:
		return failure(http.StatusNotFound, codeUnsupported, "no such endpoint")
	case endpointBase, endpointCatalog:
	default:
		if err := checkName(at.name); err != nil {
			return err
		}
	}
	if r.auth != nil {
		if err := r.auth.check(w.Header(), req, at); err != nil {
			return err
		}
	}
	if r.sealed.Load() && !reads(req) {
		return notAllowed(w.Header(), "GET, HEAD")
	}
	switch at.endpoint {
	case endpointBase:
		return r.serveBase(w, req)
	case endpointCatalog:
		return r.serveCatalog(w, req)
	case endpointTags:
		return r.serveTags(w, req, at.name)
	case endpointManifest:
		return r.serveManifest(w, req, at.name, at.last)
	case endpointReferrers:
		return r.serveReferrers(w, req, at.name, at.last)
	case endpointUploads:
		return r.serveUploads(w, req, at.name)
	case endpointUpload:
		return r.serveUpload(w, req, at.name, at.last)
	default:
		return r.serveBlob(w, req, at.name, at.last)
	}
}

// serveBase confirms that this is a registry:
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support
func (r *Registry) serveBase(w http.ResponseWriter, req *http.Request) error {
	if !reads(req) {
		return notAllowed(w.Header(), "GET, HEAD")
	}
	return writeJSON(w, req, "application/json", struct{}{})
}

// reads reports whether the request is a GET or a HEAD.
func reads(req *http.Request) bool {
	return req.Method == http.MethodGet || req.Method == http.MethodHead
}
