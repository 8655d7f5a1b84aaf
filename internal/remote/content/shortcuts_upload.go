package content

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// upload is called with HEAD, POST, PATCH and PUT in this order, except for requests that a
// response makes unnecessary. A rejected mount is followed by a POST without a mount.
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
	case http.MethodPut: // send has already done it
		return answer(req, http.StatusCreated), nil
	}
	traffic.CloseBody(req)
	return nil, fmt.Errorf("an upload does not use %s", req.Method)
}

// head checks whether the blob exists. An error response counts as no: some registries
// return 401 or 403 for a repository that the first push will create, others don't support
// HEAD. The upload will return the real error.
func (t *shortcuts) head(u *upload, req *http.Request) (*http.Response, error) {
	res, err := t.inner.RoundTrip(req)
	switch {
	case err == nil:
	case u.retrying || httperr.IsAnswer(err):
		return answer(req, http.StatusNotFound), nil
	default:
		return nil, err
	}
	if n := res.ContentLength; n > 0 && n != u.desc.Size {
		return nil, &httperr.SizeError{Want: u.desc.Size, Got: n}
	}
	if !u.retrying {
		u.outcome = BlobPresent
	}
	return res, nil
}

// mount mounts the blob. If that fails, with any status, the blob may exist anyway; otherwise it
// is uploaded.
func (t *shortcuts) mount(u *upload, req *http.Request) (*http.Response, error) {
	post := req.Clone(req.Context())
	q := post.URL.Query()
	q.Del("origin") // not part of the specification
	post.URL.RawQuery = q.Encode()
	res, err := t.inner.RoundTrip(post)
	switch {
	case err == nil && isMounted(res, u.desc.Digest):
		u.outcome = BlobMounted
		return answer(req, http.StatusCreated), nil
	case err != nil && (!httperr.IsAnswer(err) || httperr.HasStatus(err, http.StatusRequestTimeout, http.StatusTooManyRequests)):
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
		if err == nil && u.keep(res) == nil {
			t.cancel(u, post)
		}
		return answer(req, http.StatusCreated), nil
	}
	if err != nil {
		return nil, err // the library starts an upload now
	}
	return t.started(u, req, res)
}

// isMounted reports whether the response to a POST is the blob itself, not an upload
// location. The status determines it, except for registries that always return 200 for
// success.
func isMounted(res *http.Response, h v1.Hash) bool {
	location := res.Header.Get("Location")
	switch {
	case res.StatusCode == http.StatusAccepted, strings.Contains(location, "/blobs/uploads/"):
		return false
	case res.StatusCode == http.StatusCreated:
		return true
	}
	return res.Header.Get(digestHeader) == h.String() || strings.HasSuffix(location, "/blobs/"+h.String())
}

// headOf returns the HEAD request for a blob, given the request that starts an upload.
func headOf(post *http.Request, h v1.Hash) *http.Request {
	head := post.Clone(post.Context())
	head.Method = http.MethodHead
	head.Header.Del("Content-Type")
	head.URL.Path = strings.TrimSuffix(post.URL.Path, "uploads/") + h.String()
	head.URL.RawQuery = ""
	return head
}

// cancel cancels the upload. Errors are ignored, because the registry expires uploads. If
// the registry moved the upload to another host, nothing but content is sent to that host.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#canceling-a-blob-upload.
func (t *shortcuts) cancel(u *upload, like *http.Request) {
	if u.isElsewhere {
		return
	}
	req := like.Clone(like.Context())
	req.Method, req.URL, req.Host, req.Body, req.GetBody, req.ContentLength = http.MethodDelete, u.location, "", nil, nil, 0
	req.Header.Del("Content-Type")
	if res, err := t.inner.RoundTrip(req); err == nil { //nolint:bodyclose // Drain closes it
		traffic.Drain(res)
		u.ended()
	}
}

// start starts an upload.
func (t *shortcuts) start(u *upload, req *http.Request) (*http.Response, error) {
	if u.final != nil {
		return nil, u.final // after a failed mount, don't upload
	}
	if err := u.awaitStream(); err != nil {
		u.final = err
		return nil, err
	}
	u.prefetch()
	res, err := t.inner.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	return t.started(u, req, res)
}

// started records the location of an upload. The library gets another location, because it
// would resolve and check the location by its own rules.
func (t *shortcuts) started(u *upload, req *http.Request, res *http.Response) (*http.Response, error) {
	if err := u.keep(res); err != nil {
		u.final = err
		return nil, err
	}
	out := answer(req, http.StatusAccepted)
	out.Header.Set("Location", req.URL.Path)
	return out, nil
}

// keep records the location of an upload from the response that started it.
func (u *upload) keep(res *http.Response) error {
	loc, err := locationOf(res)
	if err == nil {
		err = u.mayLeadTo(loc, res)
	}
	if err == nil && isMounted(res, u.desc.Digest) {
		err = fmt.Errorf("the registry returned %d and a blob for the start of an upload", res.StatusCode)
	}
	if err != nil {
		return err
	}
	u.begun(loc, res)
	u.chunkMin = 0
	if n, ok := number(res.Header.Get("OCI-Chunk-Min-Length")); ok {
		u.chunkMin = n
	}
	return nil
}

// send sends the content in one request, or in chunks if the registry does not accept a
// request of that size.
func (t *shortcuts) send(u *upload, req *http.Request) (*http.Response, error) {
	err := u.awaitStream() // again, if a mount became an upload
	if err == nil {
		err = t.sendContent(u, req)
	}
	if err != nil {
		err = u.fromElsewhere(err)
		if u.final == nil {
			u.unsent = err
		} else {
			u.final = u.fromElsewhere(u.final)
		}
		return nil, err
	}
	u.outcome = BlobSent
	u.ended()
	out := answer(req, http.StatusAccepted)
	out.Header.Set("Location", req.URL.Path)
	return out, nil
}

func (t *shortcuts) sendContent(u *upload, req *http.Request) error {
	if size := t.limit.size(); size > 0 && size < u.desc.Size {
		return t.sendChunks(u, req, max(size, u.chunkMin), req.Body)
	}
	err := t.sendWhole(u, req)
	if err == nil || u.final != nil || !u.isTooLarge(err) {
		return err
	}
	size, ok := smaller(u.desc.Size, u.chunkMin)
	if !ok {
		return err
	}
	t.cancel(u, req)
	if serr := t.restart(u, req); serr != nil {
		return serr
	}
	cerr := t.sendChunks(u, req, size, nil)
	if cerr == nil || u.final != nil && !httperr.IsAnswer(cerr) {
		return cerr
	}
	cerr = fmt.Errorf("%w (sent in chunks, because a single request failed: %s)", cerr, err.Error())
	if u.final != nil {
		u.final = cerr
	}
	return cerr
}

// isTooLarge reports whether the content is too large for one request: the registry
// returned that, or the connection was cut twice during the upload.
func (u *upload) isTooLarge(err error) bool {
	if httperr.HasStatus(err, http.StatusRequestEntityTooLarge) {
		return true
	}
	if !httperr.IsAnswer(err) && u.desc.Size > suspiciousSize && u.ctx.Err() == nil {
		u.cuts++
	}
	return u.cuts > 1
}

// restart starts another upload.
func (t *shortcuts) restart(u *upload, req *http.Request) error {
	post := req.Clone(req.Context())
	post.Method, post.Body, post.GetBody, post.ContentLength = http.MethodPost, nil, nil, 0
	post.Header.Del("Content-Type")
	res, err := t.inner.RoundTrip(post) //nolint:bodyclose // Drain closes it
	if err != nil {
		return err
	}
	traffic.Drain(res)
	if err := u.keep(res); err != nil {
		u.final = err
		return err
	}
	return nil
}

// sendWhole sends the content in one request. After a cut connection, it waits for 100
// Continue first: a front end that cut it because of the size can then return an error.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#post-then-put.
func (t *shortcuts) sendWhole(u *upload, req *http.Request) error {
	put := req.Clone(traffic.Once(req.Context()))
	put.Method, put.Host = http.MethodPut, ""
	put.URL = withDigest(u.location, u.desc.Digest.String())
	if u.cuts > 0 {
		put.Header.Set("Expect", "100-continue")
	}
	put.Body = u.reported(t.observer, put, req.Body, u.desc.Size)
	put.GetBody = func() (io.ReadCloser, error) {
		content, err := u.source()
		if err != nil {
			return nil, err
		}
		return u.reported(t.observer, put, content, u.desc.Size), nil
	}
	if u.desc.Size == 0 {
		_, err := io.Copy(io.Discard, put.Body)
		_ = put.Body.Close()
		if err != nil {
			u.final = err
			return err
		}
		put.Body, put.GetBody = http.NoBody, nil
	}
	res, err := t.inner.RoundTrip(put) //nolint:bodyclose // Drain closes it
	if serr := u.body.failure(); serr != nil && req.Context().Err() == nil {
		traffic.Drain(res)
		u.final = serr
		return serr
	}
	traffic.Drain(res)
	return err
}

// locationOf returns the location of an upload from the response that started it.
func locationOf(res *http.Response) (*url.URL, error) {
	return resolveLocation(res.Request.URL, res.Header.Get("Location"))
}
