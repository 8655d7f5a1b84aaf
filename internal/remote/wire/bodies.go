package wire

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// sentBody is the body of a request. Between two reads, it waits for the other end; during
// a read, for the source.
type sentBody struct {
	io.ReadCloser
	silence *silence
	commit  time.Duration // how long the response may take once everything is sent
}

// Read implements io.Reader.
func (b *sentBody) Read(p []byte) (int, error) {
	b.silence.stop()
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		b.silence.start(b.commit)
	case err == nil:
		t := b.silence.stall
		b.silence.start(t.After + time.Duration(float64(n)/float64(max(t.Rate, 1))*float64(time.Second)))
	}
	return n, err
}

// receivedBody is the body of a response. A read fails if it takes too long, or if too few
// bytes arrive. The time between two reads doesn't count: the caller may be slow.
type receivedBody struct {
	io.ReadCloser
	stall   *Stall
	req     *http.Request
	silence *silence
	cancel  func(error)

	spent time.Duration // in reads, since the last check of the rate
	bytes int64         // in that time
	// slow is the error once the rate was too low. Callers such as io.CopyN ignore an error that
	// arrives with their last byte.
	slow error
}

func newReceivedBody(t *Stall, req *http.Request, body io.ReadCloser, cancel func(error)) *receivedBody {
	b := &receivedBody{ReadCloser: body, stall: t, req: req, cancel: cancel}
	b.silence = &silence{stall: t, req: req, kind: httperr.NoBytes, end: func(cause error) {
		cancel(cause)
		_ = body.Close()
	}}
	return b
}

// Read implements io.Reader.
func (b *receivedBody) Read(p []byte) (int, error) {
	if b.slow != nil {
		return 0, b.slow
	}
	begin := time.Now()
	b.silence.start(b.stall.After)
	n, err := b.ReadCloser.Read(p)
	b.silence.stop()
	if err != nil && b.silence.isOver() {
		return n, b.silence.error()
	}
	b.spent += time.Since(begin)
	b.bytes += int64(n)
	if b.spent < b.stall.After || err != nil {
		return n, err
	}
	if b.bytes < int64(b.spent.Seconds()*float64(b.stall.Rate)) {
		now := time.Now()
		b.stall.Patience.charge(b.req.URL.Host, now.Add(-b.spent), now)
		_ = b.Close()
		b.slow = &httperr.StallError{Host: b.req.URL.Host, Kind: httperr.TooSlow, Wait: b.stall.After, Rate: b.stall.Rate}
		return n, b.slow
	}
	b.spent, b.bytes = 0, 0
	return n, nil
}

// Close implements io.Closer.
func (b *receivedBody) Close() error {
	b.silence.close()
	b.cancel(nil)
	return b.ReadCloser.Close()
}
