package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// commitRate is the assumed minimum rate, in bytes per second, at which a registry stores
// an upload before it responds.
const commitRate = 4 << 20

// Stall ends requests that make no progress: no bytes, or too few, arrive or are accepted
// for a time. It monitors each phase of a request separately: the wait for the header, and
// the bodies in both directions.
type Stall struct {
	Inner http.RoundTripper
	// After is how long no bytes may be transferred. Zero means no limit.
	After time.Duration
	// Rate is the minimum rate in bytes per second, measured over the time of After.
	Rate int64
	// Patience is shared by all requests.
	Patience *Patience
}

// RoundTrip implements http.RoundTripper. The error of a stalled request is an
// [httperr.StallError].
func (t *Stall) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.After <= 0 {
		return t.Inner.RoundTrip(req)
	}
	host := req.URL.Host
	if t.Patience.exhausted(host) {
		traffic.CloseBody(req)
		return nil, httperr.Permanent(&httperr.StallError{Host: host, Kind: httperr.Exhausted, Wait: t.Patience.Limit})
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	s := &silence{stall: t, req: req, kind: httperr.NoAnswer, end: cancel}
	out := req.WithContext(ctx)
	if traffic.HasBody(req) {
		t.watchSending(out, s)
	}
	s.start(t.After)
	res, err := t.Inner.RoundTrip(out)
	s.close()
	if err != nil {
		cancel(nil)
		if s.isOver() {
			if err = stalledProxy(err, s.error()); !t.Patience.hasAnswered(host) {
				err = httperr.Permanent(err) // a retry would stall, too
			}
		}
		return nil, err
	}
	t.Patience.heard(host)
	if res.Body == nil || res.Body == http.NoBody {
		cancel(nil)
		return res, nil
	}
	res.Body = newReceivedBody(t, req, res.Body, cancel)
	return res, nil
}

// watchSending measures silence while the body of a request is sent.
func (t *Stall) watchSending(req *http.Request, s *silence) {
	commit := t.After + time.Duration(max(req.ContentLength, 0)/commitRate)*time.Second
	watch := func(body io.ReadCloser) io.ReadCloser {
		return &sentBody{ReadCloser: body, silence: s, commit: commit}
	}
	req.Body = watch(req.Body)
	if again := req.GetBody; again != nil {
		req.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			if err != nil {
				return nil, err
			}
			return watch(body), nil
		}
	}
}

var errStalled = errors.New("the request stalled")
