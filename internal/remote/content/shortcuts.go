package content

import (
	"fmt"
	"net/http"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// shortcuts shortens the library's conversation with a registry. It answers some requests
// itself instead of sending them:
//
//	the library sends             what happens            because
//	─────────────────             ────────────            ───────
//	HEAD blob                     404, here, unless it    a mount of an existing blob also returns
//	                              comes from another      201; checking first costs a request
//	                              registry, or a PUT      for each blob
//	                              may have arrived
//	POST upload (mount)           sent; if it fails,      the blob may exist, or an upload was started:
//	                              HEAD blob               if so, PATCH uses or DELETE cancels it
//	PATCH upload, PUT upload      one PUT with the        one request less, and the only upload that
//	                              content                 every registry supports; in chunks if a
//	                                                      front end limits the request size
//	GET referrers (after the PUT  200, here               the library would update the tag schema, and
//	of a manifest with subject)                           lose entries of other writers; package
//	                                                      referrers does it
//
// Other requests change in details: Accept lists the supported types, and response headers
// that the library requires but the specification does not are filled in.
//
// TestLibraryConversation fails if another version of the library sends different requests.
type shortcuts struct {
	inner    http.RoundTripper
	observer traffic.Observer
	limit    *bodyLimit
}

// acceptManifests lists the supported manifest types. A registry may convert or reject
// other types.
var acceptManifests = strings.Join([]string{
	string(types.OCIImageIndex), string(types.OCIManifestSchema1),
	string(types.DockerManifestList), string(types.DockerManifestSchema2),
}, ", ")

// RoundTrip implements http.RoundTripper.
func (t *shortcuts) RoundTrip(req *http.Request) (*http.Response, error) {
	op := operationOf(req.Context())
	if op == nil {
		traffic.CloseBody(req)
		return nil, fmt.Errorf("a request to %q without an operation", req.URL.Host)
	}
	switch op.action {
	case getManifest, headManifest:
		return t.readManifest(op, req)
	case putManifest:
		if req.Method == http.MethodGet && strings.Contains(req.URL.Path, "/referrers/") {
			return answer(req, http.StatusOK), nil
		}
		return t.accepted(withTags(op, req))
	case deleteManifest:
		return t.accepted(req)
	case uploadBlob:
		return t.upload(op.upload, req)
	}
	return t.inner.RoundTrip(req)
}

func (t *shortcuts) readManifest(op *operation, req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Accept", acceptManifests)
	res, err := t.inner.RoundTrip(req)
	if err != nil || op.action != headManifest || op.digest.Hex == "" {
		return res, err
	}
	// The digest is that of the request. If the registry repeats it, checked has compared it;
	// it may be missing, or use another algorithm.
	if h, err := v1.NewHash(res.Header.Get(digestHeader)); err != nil || h.Algorithm != op.digest.Algorithm {
		res.Header.Set(digestHeader, op.digest.String())
	}
	return res, nil
}

// accepted sends a write, for which the library accepts only some statuses.
func (t *shortcuts) accepted(req *http.Request) (*http.Response, error) {
	res, err := t.inner.RoundTrip(req)
	if err == nil {
		res.StatusCode = http.StatusAccepted
	}
	return res, err
}

// answer returns a response that did not come from a registry.
func answer(req *http.Request, status int) *http.Response {
	return &http.Response{
		Status: fmt.Sprint(status, " ", http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody, Request: req,
	}
}
