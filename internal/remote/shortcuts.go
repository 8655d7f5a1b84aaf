package remote

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/origin"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// shortcuts shortens the conversation that the library has with a registry. Some of its
// requests are not sent, and are answered here in the registry's stead:
//
//	the library asks              what happens            because
//	─────────────────             ────────────            ───────
//	HEAD blob                     404, here               a mount of a blob that is there is answered
//	                                                      with 201 as well; asking first costs a request
//	                                                      for each blob
//	POST upload (mount)           sent; if it is refused, the blob may be there, or an upload was started:
//	                              HEAD blob               if so, PATCH uses or DELETE cancels it
//	PATCH upload, PUT upload      one PUT with the        one request less, and the only upload that
//	                              content                 every registry takes
//	GET referrers (after the PUT  200, here               the library would update the tag schema, and
//	of a manifest with subject)                           lose entries of other writers; package
//	                                                      referrers does it
//
// The rest differs in details: Accept names what is read here, and headers that the
// library insists on and the specification does not are filled in.
//
// TestLibraryConversation fails if another version of the library asks for something else.
type shortcuts struct {
	inner    http.RoundTripper
	observer traffic.Observer
}

// acceptManifests names the manifests that are read here. A registry may convert or
// refuse what isn't named.
var acceptManifests = strings.Join([]string{
	string(types.OCIImageIndex), string(types.OCIManifestSchema1),
	string(types.DockerManifestList), string(types.DockerManifestSchema2),
}, ", ")

// RoundTrip implements http.RoundTripper.
func (t *shortcuts) RoundTrip(req *http.Request) (*http.Response, error) {
	op := operationOf(req.Context())
	if op == nil {
		traffic.CloseBody(req)
		return nil, fmt.Errorf("a request to %q that no operation asked for", req.URL.Host)
	}
	switch op.action {
	case getManifest, headManifest:
		return t.readManifest(op, req)
	case putManifest:
		if req.Method == http.MethodGet && strings.Contains(req.URL.Path, "/referrers/") {
			return answer(req, http.StatusOK), nil
		}
	case deleteManifest:
		return t.deleteManifest(req)
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
	// Which digest it is was in the question. If the registry repeats it, checked has
	// compared it already; it may be left out, or in another algorithm.
	if h, err := v1.NewHash(res.Header.Get(digestHeader)); err != nil || h.Algorithm != op.digest.Algorithm {
		res.Header.Set(digestHeader, op.digest.String())
	}
	return res, nil
}

func (t *shortcuts) deleteManifest(req *http.Request) (*http.Response, error) {
	res, err := t.inner.RoundTrip(req)
	if err == nil && res.StatusCode == http.StatusNoContent {
		res.StatusCode = http.StatusAccepted
	}
	return res, err
}

// upload is called with HEAD, POST, PATCH and PUT in this order, but for what an answer
// makes unnecessary. A refused mount is followed by a POST without one.
func (t *shortcuts) upload(u *upload, req *http.Request) (*http.Response, error) {
	switch req.Method {
	case http.MethodHead:
		if !u.ask {
			return answer(req, http.StatusNotFound), nil
		}
		return t.head(u, req)
	case http.MethodPost:
		if req.URL.Query().Get("mount") != "" {
			return t.mount(u, req)
		}
		return t.start(u, req)
	case http.MethodPatch:
		return t.send(u, req)
	case http.MethodPut: // of which send has done the work
		return answer(req, http.StatusCreated), nil
	}
	traffic.CloseBody(req)
	return nil, fmt.Errorf("an upload is no %s", req.Method)
}

// head asks whether the blob is there. Some registries answer 401 or 403 instead of 404
// for a repository that the first push will create; if they mean it, the upload will tell.
func (t *shortcuts) head(u *upload, req *http.Request) (*http.Response, error) {
	res, err := t.inner.RoundTrip(req)
	switch {
	case err == nil:
	case u.retrying || httperr.IsNotFound(err) || httperr.IsUnauthorized(err):
		return answer(req, http.StatusNotFound), nil
	default:
		return nil, err
	}
	if n := res.ContentLength; n >= 0 && n != u.desc.Size {
		return nil, &httperr.SizeError{Want: u.desc.Size, Got: n}
	}
	if !u.retrying {
		u.outcome = BlobPresent
	}
	return res, nil
}

// mount mounts the blob. If the registry refuses, the blob may be there nevertheless.
func (t *shortcuts) mount(u *upload, req *http.Request) (*http.Response, error) {
	post := req.Clone(req.Context())
	q := post.URL.Query()
	q.Del("origin") // not part of the specification
	post.URL.RawQuery = q.Encode()
	res, err := t.inner.RoundTrip(post)
	switch {
	case err == nil && res.StatusCode == http.StatusCreated:
		u.outcome = BlobMounted
		return res, nil
	case err != nil && !httperr.IsUnauthorized(err) && !httperr.IsNotFound(err):
		u.final = err
		return nil, err
	}
	u.mountRefused = true
	there, herr := t.head(u, headOf(post, u.desc.Digest))
	if herr != nil {
		u.final = herr
		return nil, herr
	}
	if there.StatusCode == http.StatusOK {
		if err == nil {
			t.cancel(post, res)
		}
		return answer(req, http.StatusCreated), nil
	}
	if err != nil {
		return nil, err // the library starts an upload now
	}
	return t.started(u, req, res)
}

// headOf asks for a blob, given the request that starts an upload.
func headOf(post *http.Request, h v1.Hash) *http.Request {
	head := post.Clone(post.Context())
	head.Method = http.MethodHead
	head.Header.Del("Content-Type")
	head.URL.Path = strings.TrimSuffix(post.URL.Path, "uploads/") + h.String()
	head.URL.RawQuery = ""
	return head
}

// cancel gives up the upload that a refused mount started. The registry forgets it in
// time, so nothing fails for it. If the registry moved the upload to another host, that
// host is asked for nothing but to take the content.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#canceling-a-blob-upload.
func (t *shortcuts) cancel(post *http.Request, started *http.Response) {
	loc, err := locationOf(started)
	if err != nil || origin.RedirectedFrom(started.Request) != nil || !origin.Same(loc, started.Request.URL) {
		return
	}
	req := post.Clone(post.Context())
	req.Method, req.URL, req.Host = http.MethodDelete, loc, ""
	req.Header.Del("Content-Type")
	if res, err := t.inner.RoundTrip(req); err == nil {
		traffic.Drain(res)
	}
}

// start starts an upload.
func (t *shortcuts) start(u *upload, req *http.Request) (*http.Response, error) {
	if u.final != nil {
		return nil, u.final // a mount that failed is no reason to upload
	}
	u.prefetch()
	res, err := t.inner.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusCreated {
		return nil, errors.New("the registry answered the start of an upload with 201")
	}
	return t.started(u, req, res)
}

// started keeps the location of an upload. The library gets another one: it would resolve
// and check the location by rules of its own.
func (t *shortcuts) started(u *upload, req *http.Request, res *http.Response) (*http.Response, error) {
	loc, err := locationOf(res)
	if err != nil {
		u.final = err
		return nil, err
	}
	u.location = loc
	out := answer(req, http.StatusAccepted)
	out.Header.Set("Location", req.URL.Path)
	return out, nil
}

// send sends the content in one request.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#post-then-put.
func (t *shortcuts) send(u *upload, req *http.Request) (*http.Response, error) {
	put := req.Clone(req.Context())
	put.Method, put.GetBody, put.Host = http.MethodPut, nil, ""
	put.URL = withDigest(u.location, u.desc.Digest.String())
	body := &uploadBody{inner: req.Body, observer: t.observer, req: put}
	put.Body = body
	if u.desc.Size == 0 {
		_, err := io.Copy(io.Discard, body)
		_ = body.Close()
		if err != nil {
			u.final = err
			return nil, err
		}
		put.Body = http.NoBody
	}
	res, err := t.inner.RoundTrip(put)
	if serr := body.failure(); serr != nil && req.Context().Err() == nil {
		traffic.Drain(res)
		u.final = serr
		return nil, serr
	}
	if err != nil {
		u.unsent = err
		return nil, err
	}
	traffic.Drain(res)
	u.outcome = BlobSent
	out := answer(req, http.StatusAccepted)
	out.Header.Set("Location", req.URL.Path)
	return out, nil
}

// answer is an answer that no registry gave.
func answer(req *http.Request, status int) *http.Response {
	return &http.Response{
		Status: fmt.Sprint(status, " ", http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody, Request: req,
	}
}

// locationOf is where the content of an upload goes, given the answer that started it.
func locationOf(res *http.Response) (*url.URL, error) {
	return resolveLocation(res.Request.URL, res.Header.Get("Location"))
}
