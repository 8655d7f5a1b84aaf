package content

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// chunks sends the content of an upload in several requests, for registries whose front end
// limits the request size.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks.
type chunks struct {
	t        *shortcuts
	u        *upload
	req      *http.Request // the library's request, which the chunks replace
	attempts *traffic.Attempts

	size    int64 // of a chunk, in bytes
	offset  int64 // bytes that the registry has
	cuts    int   // since the last accepted chunk
	resyncs int   // without a cut, since then

	content io.ReadCloser
	at      int64 // position in the content
}

// sendChunks sends all of the content. content, if not nil, is at its start.
func (t *shortcuts) sendChunks(u *upload, req *http.Request, size int64, content io.ReadCloser) error {
	c := &chunks{t: t, u: u, req: req, attempts: u.r.retrier.Attempts(), size: size, content: content}
	u.chunked = true
	defer c.drop()
	for c.offset < u.desc.Size {
		if err := c.next(); err != nil {
			return err
		}
	}
	if err := c.end(); err != nil {
		u.final = err
		return err
	}
	if err := c.finish(); err != nil {
		return err
	}
	t.limit.learn(c.size)
	return nil
}

// next sends one chunk, and handles a rejection.
func (c *chunks) next() error {
	n := min(c.size, c.u.desc.Size-c.offset)
	res, err := c.patch(n) //nolint:bodyclose // Drain closes it
	if err == nil {
		traffic.Drain(res)
		return c.accept(res, n)
	}
	c.drop()
	ctx := c.req.Context()
	switch {
	case c.u.final != nil, ctx.Err() != nil:
		return err
	case httperr.HasStatus(err, http.StatusRequestEntityTooLarge):
		return c.shrink(n, err)
	case httperr.HasStatus(err, http.StatusRequestedRangeNotSatisfiable) && c.resyncs == 0:
		c.resyncs++
		return c.resync(ctx)
	}
	if !httperr.IsAnswer(err) && n > suspiciousSize {
		if c.cuts++; c.cuts > 1 {
			c.cuts = 0
			if size, ok := smaller(n, max(c.u.chunkMin, suspiciousSize)); ok {
				c.size = size
			}
		}
	}
	again, werr := c.attempts.Again(ctx, operationOf(ctx).failure)
	if werr != nil {
		return werr
	}
	if again {
		return c.resync(ctx)
	}
	err = fmt.Errorf("sending bytes %d to %d of %d: %w", c.offset, c.offset+n-1, c.u.desc.Size, err)
	if !httperr.IsNotFound(err) { // an upload that is gone is restarted
		c.u.final = err
	}
	return err
}

// shrink makes the chunks smaller, after one of n bytes was rejected with err.
func (c *chunks) shrink(n int64, err error) error {
	size, ok := smaller(n, c.u.chunkMin)
	if !ok {
		return fmt.Errorf("sending a chunk of %d bytes, the smallest size that makes sense: %w", n, err)
	}
	c.size = size
	return nil
}

// patch sends n bytes.
func (c *chunks) patch(n int64) (*http.Response, error) {
	req := c.req.Clone(traffic.Once(c.req.Context()))
	req.Method, req.URL, req.Host, req.ContentLength = http.MethodPatch, c.u.location, "", n
	req.Header.Set("Content-Range", fmt.Sprintf("%d-%d", c.offset, c.offset+n-1))
	body, err := c.body(req, n)
	if err != nil {
		return nil, err
	}
	req.Body = body
	req.GetBody = func() (io.ReadCloser, error) {
		c.drop()
		return c.body(req, n)
	}
	res, err := c.t.inner.RoundTrip(req)
	if serr := c.u.body.failure(); serr != nil && req.Context().Err() == nil {
		traffic.Drain(res)
		c.u.final = serr
		return nil, serr
	}
	return res, err
}

// body returns the n bytes at the offset as the body of a request.
func (c *chunks) body(req *http.Request, n int64) (io.ReadCloser, error) {
	if c.content == nil || c.at != c.offset {
		c.drop()
		content, err := c.u.source()
		if err != nil {
			return nil, err
		}
		c.content = content
		if _, err := io.CopyN(io.Discard, content, c.offset); err != nil {
			c.u.final = c.u.cut(err)
			return nil, c.u.final
		}
	}
	c.at = c.offset + n // if everything is read, otherwise it is dropped
	return c.u.reported(c.t.observer, req, io.NopCloser(io.LimitReader(c.content, n)), n), nil
}

// drop closes the content: how much was read is unknown.
func (c *chunks) drop() {
	if c.content != nil {
		_ = c.content.Close()
		c.content = nil
	}
}

// accept records that a chunk of n bytes was accepted, possibly only in part.
func (c *chunks) accept(res *http.Response, n int64) error {
	if err := c.moved(res); err != nil {
		return err
	}
	c.attempts.Progressed(int(n))
	c.cuts, c.resyncs = 0, 0
	end, known := received(res)
	switch {
	case !known:
		c.offset += n
	case end <= c.offset || end > c.offset+n:
		c.u.final = fmt.Errorf("sent bytes up to %d of %d, but the registry reports %d", c.offset+n, c.u.desc.Size, end)
		return c.u.final
	default:
		c.offset = end
	}
	return nil
}

// moved records where to continue the upload.
func (c *chunks) moved(res *http.Response) error {
	if res.Header.Get("Location") == "" {
		return nil
	}
	loc, err := locationOf(res)
	if err == nil {
		err = c.u.mayLeadTo(loc, res)
	}
	if err != nil {
		c.u.final = err
		return err
	}
	c.u.ended()
	c.u.begun(loc, res)
	return nil
}

// received returns the number of bytes that the registry reports. "0-0" is none or one.
func received(res *http.Response) (int64, bool) {
	v := strings.TrimPrefix(res.Header.Get("Range"), "bytes=")
	from, to, ok := strings.Cut(v, "-")
	end, valid := number(to)
	if !ok || from != "0" || !valid || end == 0 {
		return 0, false
	}
	return end + 1, true
}

// resync gets the progress of the upload.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks.
func (c *chunks) resync(ctx context.Context) error {
	req := c.req.Clone(ctx)
	req.Method, req.URL, req.Host, req.Body, req.GetBody, req.ContentLength = http.MethodGet, c.u.location, "", nil, nil, 0
	req.Header.Del("Content-Type")
	res, err := c.t.inner.RoundTrip(req) //nolint:bodyclose // Drain closes it
	if err != nil {
		return fmt.Errorf("getting the progress of the upload: %w", err)
	}
	traffic.Drain(res)
	if err := c.moved(res); err != nil {
		return err
	}
	end, known := received(res)
	if !known {
		end = 0
	}
	if end > c.u.desc.Size {
		c.u.final = &httperr.SizeError{Want: c.u.desc.Size, Got: end}
		return c.u.final
	}
	c.offset = end
	return nil
}

// end checks that the content is at its end, which is when it is verified.
func (c *chunks) end() error {
	if c.content == nil || c.at != c.u.desc.Size {
		return nil // the registry already had the rest
	}
	var b [1]byte
	n, err := io.ReadFull(c.content, b[:])
	if n > 0 {
		return &httperr.SizeError{Want: c.u.desc.Size, Got: c.u.desc.Size + 1}
	}
	if err != io.EOF {
		return err
	}
	return nil
}

// finish ends the upload. If the response is lost, the blob may exist.
func (c *chunks) finish() error {
	req := c.req.Clone(c.req.Context())
	req.Method, req.Host, req.Body, req.GetBody, req.ContentLength = http.MethodPut, "", http.NoBody, nil, 0
	req.URL = withDigest(c.u.location, c.u.desc.Digest.String())
	res, err := c.t.inner.RoundTrip(req) //nolint:bodyclose // Drain closes it
	if err == nil {
		traffic.Drain(res)
		return nil
	}
	if httperr.IsNotFound(err) || !httperr.IsAnswer(err) {
		if _, herr := c.u.r.HeadBlob(req.Context(), c.u.repo, c.u.desc.Digest); herr == nil {
			return nil
		}
	}
	return fmt.Errorf("finishing the upload: %w", err)
}
