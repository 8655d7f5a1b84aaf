package traffic

import (
	"context"
	"net/http"
	"time"
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

// Attempts are the attempts at one thing. All that this client tries again is decided
// here: whether, after what wait, and what the observer is told.
type Attempts struct {
	r         *Retrier
	policy    Policy
	retryable func(context.Context, Failure) bool
	failures  int
}

// Again decides what follows a failure. It returns true once the wait before the next
// attempt is over, and false if there is none: another attempt does not help, there were
// as many as the policy allows, or the registry asks for too long a wait. Its error is
// the context's, if that ended the wait.
func (a *Attempts) Again(ctx context.Context, f Failure) (bool, error) {
	if !a.retryable(ctx, f) || f.RetryAfter > a.policy.MaxRetryAfter {
		return false, nil
	}
	a.failures++
	if a.failures >= a.policy.Attempts {
		return false, nil
	}
	wait := max(f.RetryAfter, a.policy.Backoff(a.failures))
	a.r.Observe.Emit(f.Request, Event{Kind: Waiting, Wait: wait, Status: f.Status, Err: f.Err})
	if err := a.r.Clock.Sleep(ctx, wait); err != nil {
		return false, err
	}
	return true, nil
}

// Progressed forgets the failures so far.
func (a *Attempts) Progressed() { a.failures = 0 }
