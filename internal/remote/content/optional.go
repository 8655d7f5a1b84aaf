package content

import (
	"net/http"
	"sync"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// optionalAttempts limits the attempts of an optional request that fails with 5xx.
const optionalAttempts = 3

// Optional gives up requests that have an alternative: a blob that can't be mounted is
// uploaded, and HEAD is replaced with GET. Some registries return 5xx for all of them, and
// retrying each for half a minute is of no use.
type Optional struct {
	Inner http.RoundTripper

	mu      sync.Mutex
	failing map[string]bool // kinds whose last request failed despite retries
}

// optionalKind returns the kind of an optional request, or "" for any other.
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
func (t *Optional) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.Inner.RoundTrip(req)
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
