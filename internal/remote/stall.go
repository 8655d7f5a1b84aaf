package remote

import (
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// errStalled is a stream that gave nothing for so long that it is taken for
// cut.
var errStalled = errors.New("the registry sent nothing for too long")

// watched is a body that is closed where it gives nothing for a while. A
// connection whose other end is gone without a word would be read for ever.
type watched struct {
	io.ReadCloser
	after   time.Duration
	timer   *time.Timer
	stalled atomic.Bool
}

func watch(b io.ReadCloser, after time.Duration) io.ReadCloser {
	if after <= 0 {
		return b
	}
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
