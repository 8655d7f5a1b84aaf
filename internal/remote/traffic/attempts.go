package traffic

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// A Retrier is shared by everything that is retried.
type Retrier struct {
	Policy  Policy
	Clock   Clock
	Observe Observer
}

// A Failure is how one attempt failed: with a response (Status), without one (Err), or with the
// response of a proxy (both).
type Failure struct {
	// Request is the failed request, for events; it may be nil.
	Request *http.Request
	Status  int
	// RetryAfter is the wait that the response requests.
	RetryAfter time.Duration
	Err        error
}

// FailureOf returns how a request failed, and whether it did: a response is a failure if
// its status is temporary.
func (r *Retrier) FailureOf(req *http.Request, res *http.Response, err error) (Failure, bool) {
	var busy *httperr.BusyProxyError
	if errors.As(err, &busy) {
		return Failure{Request: req, Status: busy.Status, RetryAfter: busy.RetryAfter, Err: err}, true
	}
	if err != nil {
		return Failure{Request: req, Err: err}, true
	}
	if !RetryableStatus(res.StatusCode) {
		return Failure{}, false
	}
	wait, _ := RetryAfter(res.Header, r.Clock.Now())
	return Failure{Request: req, Status: res.StatusCode, RetryAfter: wait}, true
}

// Attempts returns a counter of attempts at one operation.
func (r *Retrier) Attempts() *Attempts {
	return r.AttemptsAt(r.Policy, func(ctx context.Context, f Failure) bool {
		if f.Status != 0 {
			return RetryableStatus(f.Status)
		}
		return RetryableError(ctx, f.Err)
	})
}

// AttemptsAt returns a counter of attempts with its own policy; retryable decides which
// failures are worth another attempt.
func (r *Retrier) AttemptsAt(p Policy, retryable func(context.Context, Failure) bool) *Attempts {
	return &Attempts{r: r, policy: p, retryable: retryable}
}

// Attempts that timed out are expensive: each took the maximum time.
const (
	maxTimeouts = 2
	// forgiven is how many transferred bytes reset the count of such attempts.
	forgiven = 1 << 20
)

// Attempts are the attempts at one operation. All retries of this client are decided here:
// whether, after what wait, and what is reported to the observer.
type Attempts struct {
	r         *Retrier
	policy    Policy
	retryable func(context.Context, Failure) bool
	failures  int
	asked     time.Duration // total wait that the registry requested
	timeouts  int
	moved     int64 // bytes since the last timeout
}

// Again waits for the next attempt after a failure. It returns true once the wait is over,
// and false if there is no next attempt: the failure is permanent, or the policy's limit is
// reached. Its error is an [httperr.LaterError] if the registry requests too long a wait,
// or the context's error.
func (a *Attempts) Again(ctx context.Context, f Failure) (bool, error) {
	if !a.retryable(ctx, f) {
		return false, nil
	}
	if a.asked+f.RetryAfter > a.policy.MaxRetryAfter {
		return false, later(f)
	}
	a.asked += f.RetryAfter
	a.failures++
	if isTimeout(f.Err) {
		a.timeouts++
		a.moved = 0
	}
	if a.failures >= a.policy.Attempts || a.timeouts >= maxTimeouts {
		return false, nil
	}
	wait := max(f.RetryAfter, a.policy.Backoff(a.failures))
	a.r.Observe.Emit(f.Request, Event{Kind: Waiting, Wait: wait, Status: f.Status, Err: f.Err})
	if err := a.r.Clock.Sleep(ctx, wait); err != nil {
		return false, err
	}
	return true, nil
}

// later returns the error of a wait that is too long.
func later(f Failure) error {
	err := f.Err
	if err == nil {
		err = &transport.Error{StatusCode: f.Status, Request: httperr.CleanRequest(f.Request)}
	}
	return httperr.Permanent(&httperr.LaterError{Wait: f.RetryAfter, Err: err})
}

// Progressed resets the failures so far, because n bytes were transferred. Timeouts are
// reset only after more bytes.
func (a *Attempts) Progressed(n int) {
	a.failures = 0
	if a.moved += int64(n); a.moved >= forgiven {
		a.timeouts = 0
	}
}
