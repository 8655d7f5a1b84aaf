package referrers

import (
	"context"
	"time"
)

// NewWithoutWaiting returns a client that never sleeps, for tests of what happens after
// many failures.
func NewWithoutWaiting(opts ...Option) *Client {
	c := New(opts...)
	c.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return c
}
