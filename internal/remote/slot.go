package remote

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

type slotKey struct{}

// holdsSlot reports whether the context belongs to a request that has a job:
// what it sends is part of that job. A second job for it could be one that
// everybody waits for who holds a first.
func holdsSlot(ctx context.Context) bool { return ctx.Value(slotKey{}) != nil }

// withSlot marks a context as that of a job.
func withSlot(ctx context.Context) context.Context {
	return context.WithValue(ctx, slotKey{}, true)
}

// slots are the jobs of a client. A job that is given back goes to who waits
// longest, and to the patient only when nobody else waits.
type slots struct {
	mu     sync.Mutex
	free   int
	queues [2][]chan struct{} // of the others, and of the patient
}

// patient tells whether a request may wait while others want a job. What is left
// to do after a manifest is written is less than after what it refers to: a
// blob that waited for manifests would be the last of all.
func patient(req *http.Request) bool {
	return req.Method == http.MethodPut && strings.Contains(req.URL.Path, "/manifests/")
}

// take waits for a job.
func (s *slots) take(ctx context.Context, patient bool) error {
	queue := &s.queues[0]
	if patient {
		queue = &s.queues[1]
	}
	s.mu.Lock()
	if s.free > 0 {
		s.free--
		s.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	*queue = append(*queue, turn)
	s.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	i := slices.Index(*queue, turn)
	if i >= 0 {
		*queue = slices.Delete(*queue, i, i+1)
	}
	s.mu.Unlock()
	if i < 0 {
		s.give() // it came at the same moment
	}
	return context.Cause(ctx)
}

// give gives a job back.
func (s *slots) give() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, queue := range s.queues {
		if len(queue) > 0 {
			close(queue[0])
			s.queues[i] = queue[1:]
			return
		}
	}
	s.free++
}

// takeSlot waits for a job. The returned function gives it back, once.
func (c *Client) takeSlot(ctx context.Context, patient bool) (func(), error) {
	if holdsSlot(ctx) {
		return func() {}, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if err := c.slots.take(ctx, patient); err != nil {
		return nil, err
	}
	return sync.OnceFunc(c.slots.give), nil
}

// slotBody gives the job back when the body ends or is closed.
type slotBody struct {
	inner   io.ReadCloser
	c       *Client
	req     *http.Request
	release func()
}

func (b *slotBody) Read(p []byte) (int, error) {
	n, err := b.inner.Read(p)
	if n > 0 {
		b.c.emit(b.req, Event{Kind: BytesReceived, Bytes: int64(n)})
	}
	if err != nil {
		b.release()
	}
	return n, err
}

func (b *slotBody) Close() error {
	err := b.inner.Close()
	b.release()
	return err
}
