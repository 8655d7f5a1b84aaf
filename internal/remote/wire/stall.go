package wire

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// errStalled is the error of an answer that stalled for too long.
var errStalled = errors.New("the registry sent nothing for too long")

// Stall ends answers of which no byte arrives for a time: the other end of a connection
// may be gone without a word.
type Stall struct {
	Inner http.RoundTripper
	// After is that time; zero sets no limit.
	After time.Duration
}

// RoundTrip implements http.RoundTripper.
func (t *Stall) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.Inner.RoundTrip(req)
	if err == nil && t.After > 0 && res.Body != http.NoBody {
		res.Body = watch(res.Body, t.After)
	}
	return res, err
}

// watched is a body that is closed if a read of it takes too long.
type watched struct {
	io.ReadCloser
	after   time.Duration
	timer   *time.Timer
	stalled atomic.Bool
}

func watch(b io.ReadCloser, after time.Duration) io.ReadCloser {
	w := &watched{ReadCloser: b, after: after}
	w.timer = time.AfterFunc(after, func() {
		w.stalled.Store(true)
		_ = b.Close()
	})
	w.timer.Stop()
	return w
}

func (w *watched) Read(p []byte) (int, error) {
	w.timer.Reset(w.after)
	n, err := w.ReadCloser.Read(p)
	w.timer.Stop()
	if err != nil && w.stalled.Load() {
		err = errStalled
	}
	return n, err
}

func (w *watched) Close() error {
	w.timer.Stop()
	return w.ReadCloser.Close()
}
