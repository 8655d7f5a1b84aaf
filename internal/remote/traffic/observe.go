package traffic

import (
	"io"
	"net/http"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// Observe reports each request to an [Observer].
type Observe struct {
	Inner    http.RoundTripper
	Observer Observer
	// Bytes also reports the bytes of responses.
	Bytes bool
}

// RoundTrip implements http.RoundTripper.
func (t *Observe) RoundTrip(req *http.Request) (*http.Response, error) {
	t.Observer.Emit(req, Event{Kind: RequestSent})
	res, err := t.Inner.RoundTrip(req)
	if t.Observer == nil {
		return res, err
	}
	if httperr.IsHTTPSMismatch(err) { // the registry uses HTTP: no request was sent yet
		t.Observer.Emit(req, Event{Kind: RequestDropped})
		return res, err
	}
	status := 0
	if err == nil {
		status = res.StatusCode
		if t.Bytes {
			res.Body = &observedBody{ReadCloser: res.Body, observer: t.Observer, req: req}
		}
	}
	t.Observer.Emit(req, Event{Kind: RequestDone, Status: status, Err: err})
	return res, err
}

type observedBody struct {
	io.ReadCloser
	observer Observer
	req      *http.Request
}

func (b *observedBody) Read(p []byte) (int, error) {
	b.observer.Emit(b.req, Event{Kind: BytesAwaited})
	n, err := b.ReadCloser.Read(p)
	b.observer.Emit(b.req, Event{Kind: BytesReceived, Bytes: int64(max(n, 0))})
	return n, err
}
