package remote

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxResumes bounds how often one blob's stream goes on after a cut, progress
// or not: a source that gives a byte at a time is of no use.
const maxResumes = 64

// blobReader streams a blob, verifies it and goes on after cuts.
type blobReader struct {
	c    *Client
	ctx  context.Context
	repo name.Repository
	desc v1.Descriptor

	hash    hash.Hash
	read    int64 // bytes handed out
	resumes int
	stuck   int // cuts in a row without a byte
	err     error

	// The transport closes what it sends while it may still be reading it.
	mu     sync.Mutex
	body   io.ReadCloser
	closed bool
}

var errClosed = errors.New("the blob was closed while it was read")

// setBody takes the body of another answer, unless the reader was closed.
func (r *blobReader) setBody(b io.ReadCloser) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		_ = b.Close()
		return errClosed
	}
	r.body = b
	return nil
}

func (r *blobReader) closeBody() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.body == nil {
		return nil
	}
	return r.body.Close()
}

func (r *blobReader) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

func (c *Client) newBlobReader(ctx context.Context, repo name.Repository, desc v1.Descriptor) (*blobReader, error) {
	if desc.Size < 0 {
		return nil, fmt.Errorf("its descriptor has the size %d", desc.Size)
	}
	h, err := v1.Hasher(desc.Digest.Algorithm)
	if err != nil {
		return nil, err
	}
	r := &blobReader{c: c, ctx: ctx, repo: repo, desc: desc, hash: h}
	return r, r.open()
}

// open requests the blob from where the reader is.
func (r *blobReader) open() error {
	req, err := request(http.MethodGet, blobPath(r.repo, r.desc.Digest))
	if err != nil {
		return err
	}
	if r.read > 0 {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(r.read, 10)+"-")
	}
	res, err := r.c.Do(r.ctx, r.repo, req)
	if err != nil {
		return err
	}
	if err := r.accept(res); err != nil {
		drain(res)
		return err
	}
	return r.setBody(watch(res.Body, r.c.retry.Stall))
}

// accept checks that the answer goes on where the reader is.
func (r *blobReader) accept(res *http.Response) error {
	if err := CheckStatus(res, http.StatusOK, http.StatusPartialContent); err != nil {
		return err
	}
	if res.StatusCode == http.StatusPartialContent {
		start, total, err := parseContentRange(res.Header.Get("Content-Range"))
		if err != nil {
			return err
		}
		if start != r.read || total >= 0 && total != r.desc.Size {
			return fmt.Errorf("asked for bytes from %d of %d, the registry sent bytes from %d of %d", r.read, r.desc.Size, start, total)
		}
		return nil
	}
	if n := res.ContentLength; n >= 0 && n != r.desc.Size {
		return &SizeError{Want: r.desc.Size, Got: n}
	}
	// No ranges here: what was handed out already is read once more.
	if r.read > 0 {
		if _, err := io.CopyN(io.Discard, res.Body, r.read); err != nil {
			return &cutError{err}
		}
	}
	return nil
}

// cutError is a stream that ended early: another attempt may go further.
type cutError struct{ error }

func (e *cutError) Unwrap() error { return e.error }

func (r *blobReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.isClosed() {
		return 0, r.fail(errClosed)
	}
	for {
		n, err := r.readBody(p)
		if n > 0 || err != nil {
			return n, err
		}
		if len(p) == 0 {
			return 0, nil
		}
	}
}

// readBody reads once from the body, and replaces the body if it was cut.
func (r *blobReader) readBody(p []byte) (int, error) {
	r.mu.Lock()
	body := r.body
	r.mu.Unlock()
	n, err := body.Read(p)
	if n > 0 {
		if r.read+int64(n) > r.desc.Size {
			return 0, r.fail(&SizeError{Want: r.desc.Size, Got: r.read + int64(n)})
		}
		_, _ = r.hash.Write(p[:n])
		r.read += int64(n)
		r.stuck = 0
	}
	switch {
	case err == nil:
		return n, nil
	case r.read == r.desc.Size:
		// The content is all there; how its connection ended says nothing.
		if err := r.verify(); err != nil {
			return n, r.fail(err)
		}
		r.err = io.EOF
		if n > 0 {
			return n, nil // the end comes with the next call
		}
		return 0, io.EOF
	case r.isClosed():
		return n, r.fail(errClosed)
	case errors.Is(err, io.EOF) || cut(r.ctx, err):
		if rerr := r.resume(err); rerr != nil {
			return n, r.fail(rerr)
		}
		return n, nil
	default:
		return n, r.fail(redact(err))
	}
}

func (r *blobReader) verify() error {
	got := v1.Hash{Algorithm: r.desc.Digest.Algorithm, Hex: hex.EncodeToString(r.hash.Sum(nil))}
	if got != r.desc.Digest {
		return &DigestError{Want: r.desc.Digest, Got: got}
	}
	return nil
}

// resume opens the rest of a blob whose stream ended early because of err.
func (r *blobReader) resume(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	_ = r.closeBody()
	for {
		r.resumes++
		r.stuck++
		if r.resumes > maxResumes || r.stuck >= r.c.retry.Attempts {
			return fmt.Errorf("the stream was cut at byte %d of %d: %w", r.read, r.desc.Size, redact(err))
		}
		wait := r.c.retry.backoff(r.stuck)
		r.c.emit(nil, Event{Kind: Waiting, Wait: wait, Err: err})
		if serr := r.c.clock.Sleep(r.ctx, wait); serr != nil {
			return serr
		}
		oerr := r.open()
		var again *cutError
		if !errors.As(oerr, &again) {
			return oerr
		}
		err = oerr
	}
}

func (r *blobReader) fail(err error) error {
	_ = r.closeBody()
	r.err = fmt.Errorf("getting blob %q: %w", blobName(r.repo, r.desc.Digest), err)
	return r.err
}

// Close ends the transfer. It may be called more than once, and during Read.
func (r *blobReader) Close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	return r.closeBody()
}
