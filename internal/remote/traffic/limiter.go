package traffic

import (
	"context"
	"io"
	"net/http"
	"time"
)

// A Limiter limits the requests to one registry: by the rate that the registry accepts, and
// by the jobs of the command.
type Limiter struct {
	jobs    *Jobs
	rate    *rate
	retrier *Retrier
}

// NewLimiter returns the Limiter of one registry; all registries share the jobs.
func NewLimiter(jobs *Jobs, r *Retrier) *Limiter {
	return &Limiter{jobs: jobs, rate: newRate(jobs.n, r.Clock), retrier: r}
}

// Enter waits until the registry accepts another request, and then for a job. The caller
// calls leave once, with the status of the response (0: none) and the wait that it
// requests, and release to return the job. req is for events and may be nil.
func (l *Limiter) Enter(ctx context.Context, req *http.Request, low bool) (leave func(status int, wait time.Duration), release func(), err error) {
	part := inJob(ctx)
	waiting := func(d time.Duration) { l.retrier.Observe.Emit(req, Event{Kind: Waiting, Wait: d}) }
	if err := l.rate.enter(ctx, part, waiting); err != nil {
		return nil, nil, err
	}
	release, err = l.jobs.take(ctx, low)
	if err != nil {
		l.rate.leave(part, 0, 0)
		return nil, nil, err
	}
	return func(status int, wait time.Duration) { l.rate.leave(part, status, wait) }, release, nil
}

// Job waits for a job, after the request of [Limiter.Enter] released its own. The caller
// calls release once.
func (l *Limiter) Job(ctx context.Context) (release func(), err error) {
	return l.jobs.take(ctx, false)
}

// Transport returns a transport that sends each request in its own job. The job ends when
// the response body is read to its end or closed.
func (l *Limiter) Transport(inner http.RoundTripper) http.RoundTripper {
	return &limited{inner: inner, limiter: l}
}

type limited struct {
	inner   http.RoundTripper
	limiter *Limiter
}

// RoundTrip implements http.RoundTripper.
func (t *limited) RoundTrip(req *http.Request) (*http.Response, error) {
	leave, release, err := t.limiter.Enter(req.Context(), req, LowPriority(req))
	if err != nil {
		CloseBody(req)
		return nil, err
	}
	res, err := t.inner.RoundTrip(req)
	leave(t.limiter.wait(req, res, err))
	if err != nil {
		release()
		return nil, err
	}
	if req.Method == http.MethodHead || res.ContentLength == 0 || res.StatusCode == http.StatusNoContent {
		_ = res.Body.Close()
		res.Body = http.NoBody
		release()
		return res, nil
	}
	res.Body = &jobBody{ReadCloser: res.Body, release: release}
	return res, nil
}

// wait returns the status of a response and the wait before the next request to the
// registry.
func (l *Limiter) wait(req *http.Request, res *http.Response, err error) (status int, wait time.Duration) {
	if err != nil {
		return 0, 0
	}
	f, _ := l.retrier.FailureOf(req, res, nil)
	wait = f.RetryAfter
	if wait > l.retrier.Policy.MaxRetryAfter {
		return res.StatusCode, 0 // too long to wait
	}
	if res.StatusCode == http.StatusTooManyRequests && wait == 0 {
		wait = l.retrier.Policy.Backoff(failuresOf(req.Context()) + 1)
	}
	return res.StatusCode, wait
}

// jobBody releases the job when the body ends or is closed.
type jobBody struct {
	io.ReadCloser
	release func()
}

func (b *jobBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.release()
	}
	return n, err
}

func (b *jobBody) Close() error {
	err := b.ReadCloser.Close()
	b.release()
	return err
}
