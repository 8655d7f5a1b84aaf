package traffic

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Jobs limit the concurrent requests of a command to all registries. A job that ends is
// given to the request that has waited longest; a request of low priority gets it only if
// no other waits.
type Jobs struct {
	n int

	mu     sync.Mutex
	free   int
	queues [2][]chan struct{} // of normal and of low priority
}

// NewJobs returns n jobs.
func NewJobs(n int) *Jobs { return &Jobs{n: n, free: n} }

// LowPriority reports whether other requests get a job before the request. A manifest needs
// less work afterwards than the blobs and manifests that it refers to: if those waited,
// they would finish last.
func LowPriority(req *http.Request) bool {
	return req.Method == http.MethodPut && strings.Contains(req.URL.Path, "/manifests/")
}

type jobKey struct{}

// InJob returns a context for requests that are part of a job that the caller holds. They
// don't wait for their own job, which could deadlock.
func InJob(ctx context.Context) context.Context { return context.WithValue(ctx, jobKey{}, true) }

func inJob(ctx context.Context) bool { return ctx.Value(jobKey{}) != nil }

// take waits for a job. The function that it returns gives the job back, once.
func (j *Jobs) take(ctx context.Context, low bool) (release func(), err error) {
	if inJob(ctx) {
		return func() {}, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if err := j.wait(ctx, low); err != nil {
		return nil, err
	}
	return sync.OnceFunc(j.give), nil
}

func (j *Jobs) wait(ctx context.Context, low bool) error {
	queue := &j.queues[0]
	if low {
		queue = &j.queues[1]
	}
	j.mu.Lock()
	if j.free > 0 {
		j.free--
		j.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	*queue = append(*queue, turn)
	j.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	j.mu.Lock()
	i := slices.Index(*queue, turn)
	if i >= 0 {
		*queue = slices.Delete(*queue, i, i+1)
	}
	j.mu.Unlock()
	if i < 0 {
		j.give() // the job arrived at the same moment
	}
	return context.Cause(ctx)
}

func (j *Jobs) give() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i, queue := range j.queues {
		if len(queue) > 0 {
			close(queue[0])
			j.queues[i] = queue[1:]
			return
		}
	}
	j.free++
}
