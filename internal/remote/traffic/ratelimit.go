package traffic

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// rate limits the concurrent requests to one registry. All requests to the registry use it,
// so that a 429 slows down all of them, not only the request that got it: nothing is sent
// before the time that the registry gave, and then half as many concurrently, until
// successful responses raise the limit again.
type rate struct {
	clock Clock
	jobs  int

	mu    sync.Mutex
	until time.Time     // nothing is sent before
	limit float64       // of busy
	busy  int           // requests that wait for responses
	freed chan struct{} // closed and replaced when there may be room
}

func newRate(jobs int, clock Clock) *rate {
	return &rate{clock: clock, jobs: jobs, limit: float64(jobs), freed: make(chan struct{})}
}

// enter waits until a request may be sent. A request that is part of another one, which has
// already entered, is not counted, because it would wait for itself. Waits that the
// registry requested are reported to waiting.
func (r *rate) enter(ctx context.Context, part bool, waiting func(time.Duration)) error {
	for {
		r.mu.Lock()
		wait := r.until.Sub(r.clock.Now())
		if wait <= 0 && (part || r.unlimited() || float64(r.busy) < max(r.limit, 1)) {
			if !part {
				r.busy++
			}
			r.mu.Unlock()
			return nil
		}
		freed := r.freed
		r.mu.Unlock()
		if wait > 0 {
			waiting(wait)
			if err := r.clock.Sleep(ctx, wait); err != nil {
				return err
			}
			continue
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-freed:
		}
	}
}

// unlimited reports whether the registry accepts as many requests as there are jobs. Jobs
// are assigned in an order, which a second limit of the same size would only disturb.
func (r *rate) unlimited() bool { return r.limit >= float64(r.jobs) }

// leave reports the response to a request: its status, 0 for no response, and the wait that
// it requests.
func (r *rate) leave(part bool, status int, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !part {
		r.busy--
	}
	now := r.clock.Now()
	switch {
	case status == http.StatusTooManyRequests || wait > 0:
		if !r.until.After(now) { // several requests that are rejected together count once
			r.limit = max(r.limit/2, 1)
		}
		if t := now.Add(wait); t.After(r.until) {
			r.until = t
		}
	case status > 0 && status < 400 && r.limit < float64(r.jobs):
		r.limit = min(r.limit+1/r.limit, float64(r.jobs))
	}
	close(r.freed)
	r.freed = make(chan struct{})
}
