package remote

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

// head asks whether the blob is there. An answer that refuses to tell counts as no: some
// registries say 401 or 403 of a repository that the first push will create, others know
// no HEAD. The upload will show what they mean.
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

// mount mounts the blob. If the registry refuses, whatever the status, the blob may be
// there nevertheless, or else is uploaded.
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

// isMounted reports whether a POST was answered with the blob itself, rather than with an
// upload to send it to. The status tells, but for registries that answer 200 to all that
// succeeds.
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

// headOf asks for a blob, given the request that starts an upload.
func headOf(post *http.Request, h v1.Hash) *http.Request {
	head := post.Clone(post.Context())
	head.Method = http.MethodHead
	head.Header.Del("Content-Type")
	head.URL.Path = strings.TrimSuffix(post.URL.Path, "uploads/") + h.String()
	head.URL.RawQuery = ""
	return head
}

// cancel gives up the upload. The registry forgets it in time, so nothing fails for it. If
// the registry moved the upload to another host, that host is asked for nothing but to take
// the content.
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
		return nil, u.final // a mount that failed is no reason to upload
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

// started keeps the location of an upload. The library gets another one: it would resolve
// and check the location by rules of its own.
func (t *shortcuts) started(u *upload, req *http.Request, res *http.Response) (*http.Response, error) {
	if err := u.keep(res); err != nil {
		u.final = err
		return nil, err
	}
	out := answer(req, http.StatusAccepted)
	out.Header.Set("Location", req.URL.Path)
	return out, nil
}

// keep takes note of where the content of an upload goes, given the answer that started it.
func (u *upload) keep(res *http.Response) error {
	loc, err := locationOf(res)
	if err == nil {
		err = u.mayLeadTo(loc, res)
	}
	if err == nil && isMounted(res, u.desc.Digest) {
		err = fmt.Errorf("the registry answered the start of an upload with %d and a blob", res.StatusCode)
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

// send sends the content: in one request, or in chunks if the registry is known to take, or
// turns out to take, no request of that size.
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
	cerr = fmt.Errorf("%w (sent in chunks, because all at once failed: %s)", cerr, err.Error())
	if u.final != nil {
		u.final = cerr
	}
	return cerr
}

// isTooLarge reports whether the whole content was too much for one request: the registry
// says so, or the connection was cut twice while it was sent.
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

// sendWhole sends the content in one request. After a connection that was cut, it asks
// before it sends: a front end may have cut it because of the size, and says so then.
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

// locationOf is where the content of an upload goes, given the answer that started it.
func locationOf(res *http.Response) (*url.URL, error) {
	return resolveLocation(res.Request.URL, res.Header.Get("Location"))
}
