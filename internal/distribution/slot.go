package distribution

import (
	"context"
	"io"
	"net/http"
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

// takeSlot waits for a job. The returned function gives it back, once.
func (c *Client) takeSlot(ctx context.Context) (func(), error) {
	if holdsSlot(ctx) {
		return func() {}, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case c.slots <- struct{}{}:
		return sync.OnceFunc(func() { <-c.slots }), nil
	}
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
