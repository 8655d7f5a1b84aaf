package content

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// maxResumes limits how often one blob's stream is resumed, even if it makes progress: a
// source that sends a byte at a time is of no use.
const maxResumes = 64

// resumable returns blobs whose streams resume after interruptions. Their size is the
// descriptor's.
type resumable struct {
	inner   http.RoundTripper
	retrier *traffic.Retrier
}

// RoundTrip implements http.RoundTripper.
func (t *resumable) RoundTrip(req *http.Request) (*http.Response, error) {
	op := operationOf(req.Context())
	if op.action != getBlob {
		return t.inner.RoundTrip(req)
	}
	s := &blobStream{inner: t.inner, ctx: req.Context(), req: req, desc: op.blob, attempts: t.retrier.Attempts()}
	res, err := s.open()
	if err != nil || s.body == nil {
		return res, err
	}
	res.StatusCode = http.StatusOK
	res.Body = s
	res.ContentLength = op.blob.Size
	return res, nil
}

// blobStream is the content of a blob. It does not verify the digest, which the library
// does, but returns at most as many bytes as the descriptor's size.
type blobStream struct {
	inner    http.RoundTripper
	ctx      context.Context
	req      *http.Request
	desc     v1.Descriptor
	attempts *traffic.Attempts // since the last byte

	read     int64 // bytes returned
	resumes  int
	noRanges bool // the registry rejects range requests
	err      error

	// http.Transport closes the body of a request while it may still be reading it.
	mu     sync.Mutex
	body   io.ReadCloser
	closed bool
}

var errClosed = errors.New("the blob was closed during a read")

// A streamError is an error of a stream, not of the library's verification.
type streamError struct{ error }

func (e *streamError) Unwrap() error { return e.error }

// open requests the blob from the current position. The first response may be an error, for
// the caller to handle. Ranges have an end, because some registries require it; if a
// registry rejects a range, the whole blob is requested.
func (s *blobStream) open() (*http.Response, error) {
	req := s.req.Clone(s.ctx)
	ranged := s.read > 0 && !s.noRanges
	if ranged {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", s.read, s.desc.Size-1))
	}
	res, err := s.inner.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if ranged && refusesRange(res.StatusCode) {
		traffic.Drain(res)
		s.noRanges = true
		return s.open()
	}
	if s.read == 0 && res.StatusCode != http.StatusOK && res.StatusCode != http.StatusPartialContent {
		return res, nil
	}
	if err := s.accept(res); err != nil {
		traffic.Drain(res)
		return nil, err
	}
	return res, s.setBody(res.Body)
}

// refusesRange reports whether a status is the rejection of a valid range.
func refusesRange(status int) bool {
	switch status {
	case http.StatusRequestedRangeNotSatisfiable, http.StatusBadRequest, http.StatusMethodNotAllowed,
		http.StatusPreconditionFailed, http.StatusNotImplemented:
		return true
	}
	return false
}

// accept checks that a response continues at the current position.
func (s *blobStream) accept(res *http.Response) error {
	if err := httperr.Check(res, http.StatusOK, http.StatusPartialContent); err != nil {
		return err
	}
	if res.StatusCode == http.StatusPartialContent {
		start, total, err := parseContentRange(res.Header.Get("Content-Range"))
		if err != nil {
			return err
		}
		if start != s.read || total >= 0 && total != s.desc.Size {
			return fmt.Errorf("requested bytes from %d of %d, but the registry sent bytes from %d of %d", s.read, s.desc.Size, start, total)
		}
		return nil
	}
	if n := res.ContentLength; n >= 0 && n != s.desc.Size {
		return &httperr.SizeError{Want: s.desc.Size, Got: n}
	}
	// The registry does not support ranges: skip the bytes that were already returned.
	if s.read > 0 {
		if _, err := io.CopyN(io.Discard, res.Body, s.read); err != nil {
			return &cutError{err}
		}
	}
	return nil
}

// cutError is a truncated response: another attempt may get further.
type cutError struct{ error }

func (e *cutError) Unwrap() error { return e.error }

// Read implements io.Reader.
func (s *blobStream) Read(p []byte) (int, error) {
	for s.err == nil {
		n, err := s.readBody(p)
		if err != nil {
			s.err = err
		}
		if n > 0 || len(p) == 0 {
			return n, nil
		}
	}
	return 0, s.err
}

// readBody reads once from the body, and replaces the body if it was interrupted.
func (s *blobStream) readBody(p []byte) (int, error) {
	body, err := s.currentBody()
	if err != nil {
		return 0, err
	}
	n, err := body.Read(p)
	if n > 0 {
		s.read += int64(n)
		s.attempts.Progressed(n)
	}
	switch {
	case s.read > s.desc.Size:
		return 0, s.fail(&httperr.SizeError{Want: s.desc.Size, Got: s.read})
	case s.read == s.desc.Size && (err != nil || len(p) > 0):
		// The content is complete. How the connection ended does not matter.
		if err == nil && hasMore(body) {
			return 0, s.fail(&httperr.SizeError{Want: s.desc.Size, Got: s.read + 1})
		}
		return n, io.EOF
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF) && !traffic.RetryableError(s.ctx, err):
		if _, cerr := s.currentBody(); cerr != nil {
			err = cerr
		}
		return n, s.fail(httperr.Redact(err))
	}
	return n, s.resume(err)
}

// hasMore reports whether a body has another byte.
func hasMore(body io.Reader) bool {
	var b [1]byte
	_, err := io.ReadFull(body, b[:])
	return err == nil
}

// resume opens the rest of a blob whose stream ended early with err.
func (s *blobStream) resume(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	s.closeBody()
	for {
		if _, cerr := s.currentBody(); cerr != nil {
			return cerr
		}
		s.resumes++
		again := s.resumes <= maxResumes
		if again {
			var werr error
			if again, werr = s.attempts.Again(s.ctx, traffic.Failure{Request: s.req, Err: err}); werr != nil {
				return s.fail(werr)
			}
		}
		if !again {
			return s.fail(fmt.Errorf("the stream was interrupted at byte %d of %d: %w", s.read, s.desc.Size, httperr.Redact(err)))
		}
		_, oerr := s.open() //nolint:bodyclose // Close closes the current body
		var cut *cutError
		if oerr == nil {
			return nil
		}
		if !errors.As(oerr, &cut) {
			return s.fail(oerr)
		}
		err = cut.error
	}
}

func (s *blobStream) fail(err error) error {
	s.closeBody()
	return &streamError{err}
}

// Close ends the transfer. It may be called more than once, and during Read.
func (s *blobStream) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.closeBody()
	return nil
}

func (s *blobStream) closeBody() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.body != nil {
		_ = s.body.Close()
	}
}

// currentBody returns the body to read from, or an error once the stream was closed.
func (s *blobStream) currentBody() (io.Reader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, &streamError{errClosed}
	}
	return s.body, nil
}

// setBody sets the body of another response, unless the stream was closed.
func (s *blobStream) setBody(b io.ReadCloser) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = b.Close()
		return &streamError{errClosed}
	}
	s.body = b
	return nil
}
