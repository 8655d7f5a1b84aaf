package traffic

import (
	"context"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// A Retrier is what all that is tried again has in common.
type Retrier struct {
	Policy  Policy
	Clock   Clock
	Observe Observer
}

// A Failure is how one attempt failed: with an answer (Status) or without one (Err).
type Failure struct {
	// Request is what failed, for events; it may be nil.
	Request *http.Request
	Status  int
	// RetryAfter is the wait that the answer asks for.
	RetryAfter time.Duration
	Err        error
}

// FailureOf is how a request failed, and whether it did: an answer is a failure if its
// status is a temporary one.
func (r *Retrier) FailureOf(req *http.Request, res *http.Response, err error) (Failure, bool) {
	if err != nil {
		return Failure{Request: req, Err: err}, true
	}
	if !RetryableStatus(res.StatusCode) {
		return Failure{}, false
	}
	wait, _ := RetryAfter(res.Header, r.Clock.Now())
	return Failure{Request: req, Status: res.StatusCode, RetryAfter: wait}, true
}

// Attempts returns a count of attempts at one thing.
func (r *Retrier) Attempts() *Attempts {
	return r.AttemptsAt(r.Policy, func(ctx context.Context, f Failure) bool {
		if f.Status != 0 {
			return RetryableStatus(f.Status)
		}
		return RetryableError(ctx, f.Err)
	})
}

// AttemptsAt returns a count of attempts with a policy of their own; retryable decides
// which failures another attempt may help against.
func (r *Retrier) AttemptsAt(p Policy, retryable func(context.Context, Failure) bool) *Attempts {
	return &Attempts{r: r, policy: p, retryable: retryable}
}

// Attempts that got no answer in time are tiresome: each took as long as it may.
const (
	maxTimeouts = 2
	// forgiven is how many bytes make up for such attempts.
	forgiven = 1 << 20
)

// Attempts are the attempts at one thing. All that this client tries again is decided
// here: whether, after what wait, and what the observer is told.
type Attempts struct {
	r         *Retrier
	policy    Policy
	retryable func(context.Context, Failure) bool
	failures  int
	asked     time.Duration // that the registry asked to wait so far
	timeouts  int
	moved     int64 // bytes since the last timeout
}

// Again decides what follows a failure. It returns true once the wait before the next
// attempt is over, and false if there is none: another attempt does not help, or there were
// as many as the policy allows. Its error is an [httperr.LaterError] if the registry asks for
// too long waits, or the context's, if that ended the wait.
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

// later is the error of a wait that is too long.
func later(f Failure) error {
	err := f.Err
	if err == nil {
		err = &transport.Error{StatusCode: f.Status, Request: httperr.CleanRequest(f.Request)}
	}
	return httperr.Permanent(&httperr.LaterError{Wait: f.RetryAfter, Err: err})
}

// Progressed forgets the failures so far, because n bytes moved. Timeouts are forgotten when
// more have moved.
func (a *Attempts) Progressed(n int) {
	a.failures = 0
	if a.moved += int64(n); a.moved >= forgiven {
		a.timeouts = 0
	}
}
