package remote

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// pace is the speed that one registry bears. All requests to it pass here, so
// that a 429 slows down everything that goes to the registry and not only the
// request that was hit: nothing is sent before the time it named, and half as
// much at a time from then on, until answers without trouble earn it back.
type pace struct {
	clock clock
	jobs  int

	mu    sync.Mutex
	until time.Time     // nothing is sent before
	limit float64       // requests that may wait for their answer at a time
	busy  int           // requests that do
	freed chan struct{} // closed and replaced when there may be room
}

func newPace(jobs int, k clock) *pace {
	return &pace{clock: k, jobs: jobs, limit: float64(jobs), freed: make(chan struct{})}
}

// enter waits for leave to send a request. A request that is part of another
// one, which holds leave already, is not counted: it would wait for itself.
func (p *pace) enter(ctx context.Context, part bool, waiting func(time.Duration)) error {
	for {
		p.mu.Lock()
		wait := p.until.Sub(p.clock.Now())
		if wait <= 0 && (part || p.unhurt() || float64(p.busy) < max(p.limit, 1)) {
			if !part {
				p.busy++
			}
			p.mu.Unlock()
			return nil
		}
		freed := p.freed
		p.mu.Unlock()
		if wait > 0 {
			waiting(wait)
			if err := p.clock.Sleep(ctx, wait); err != nil {
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

// unhurt tells that the registry bears as much as there are jobs. The jobs are given
// out in an order then, which a second bound of the same size would only upset.
func (p *pace) unhurt() bool { return p.limit >= float64(p.jobs) }

// leave tells that a request was answered, with what status (0: none).
func (p *pace) leave(part bool, status int, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !part {
		p.busy--
	}
	now := p.clock.Now()
	switch {
	case status == http.StatusTooManyRequests || after > 0:
		if !p.until.After(now) { // the first of a volley
			p.limit = max(p.limit/2, 1)
		}
		if t := now.Add(after); t.After(p.until) {
			p.until = t
		}
	case status > 0 && status < 400 && p.limit < float64(p.jobs):
		p.limit = min(p.limit+1/p.limit, float64(p.jobs))
	}
	close(p.freed)
	p.freed = make(chan struct{})
}
