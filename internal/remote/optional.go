package remote

import (
	"net/http"
	"sync"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// optionalAttempts is how often a request is tried that is answered with 5xx, if it can be
// done without.
const optionalAttempts = 3

// optional gives up requests of which there is another way to the same result: a blob that
// is not mounted is uploaded, and what HEAD does not tell, GET does. Some registries answer
// each of them with 5xx, and trying all of them again for half a minute is of no use.
type optional struct {
	inner http.RoundTripper

	mu      sync.Mutex
	failing map[string]bool // kinds of which the last one failed, however often it was tried
}

// optionalKind names the kind of such a request, or is empty for another.
func optionalKind(req *http.Request) string {
	op := operationOf(req.Context())
	switch {
	case op == nil:
		return ""
	case req.Method == http.MethodHead:
		return "HEAD"
	case op.action == uploadBlob && req.Method == http.MethodPost && req.URL.Query().Has("mount"):
		return "mount"
	}
	return ""
}

// RoundTrip implements http.RoundTripper.
func (t *optional) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.inner.RoundTrip(req)
	kind := optionalKind(req)
	if err != nil || kind == "" {
		return res, err
	}
	failed := res.StatusCode >= 500
	op := operationOf(req.Context())
	t.mu.Lock()
	defer t.mu.Unlock()
	if failed {
		if op.failures == nil {
			op.failures = map[string]int{}
		}
		op.failures[kind]++
		if op.failures[kind] < optionalAttempts && !t.failing[kind] {
			return res, nil
		}
	}
	if t.failing == nil {
		t.failing = map[string]bool{}
	}
	t.failing[kind] = failed
	if !failed {
		return res, nil
	}
	err = httperr.Check(res)
	traffic.Drain(res)
	return nil, httperr.Permanent(err)
}
