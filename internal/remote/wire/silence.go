package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// A SilenceError tells that a host took a request and did not answer it in time.
type SilenceError struct {
	// Host is the host with its port.
	Host string
	// After is how long it was waited.
	After time.Duration
}

func (e *SilenceError) Error() string {
	return fmt.Sprintf("%s did not answer within %s", e.Host, e.After)
}

// silence ends requests that are not answered in time. Those that send a blob's bytes are
// left to the limit of the connection: the answer comes when the registry has stored them.
//
// A host that has been silent before, since its last answer, or has never answered, is
// given up: waiting again and again adds up to what nobody waits for.
type silence struct {
	inner http.RoundTripper
	after time.Duration

	mu    sync.Mutex
	tries map[string]int // silences since the last answer; absent: no answer yet
}

// RoundTrip implements http.RoundTripper.
func (t *silence) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil && req.Body != http.NoBody && (req.Method == http.MethodPut || req.Method == http.MethodPatch) {
		return t.inner.RoundTrip(req)
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	silent := &SilenceError{Host: req.URL.Host, After: t.after}
	timer := time.AfterFunc(t.after, func() { cancel(silent) })
	res, err := t.inner.RoundTrip(req.WithContext(ctx))
	if !timer.Stop() && errors.Is(context.Cause(ctx), error(silent)) {
		if err == nil {
			_ = res.Body.Close()
		}
		return nil, t.silent(silent)
	}
	if err != nil {
		cancel(nil)
		return nil, err
	}
	t.answered(req.URL.Host)
	res.Body = &endsContext{ReadCloser: res.Body, end: func() { cancel(nil) }}
	return res, nil
}

func (t *silence) answered(host string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tries == nil {
		t.tries = map[string]int{}
	}
	t.tries[host] = 0
}

// silent returns the error of a request that was not answered.
func (t *silence) silent(e *SilenceError) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, known := t.tries[e.Host]
	if known && n == 0 {
		t.tries[e.Host]++
		return e
	}
	return httperr.Permanent(e)
}

// endsContext is a body that ends the context of its request when it is closed.
type endsContext struct {
	io.ReadCloser
	end func()
}

// Close implements io.Closer.
func (b *endsContext) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
