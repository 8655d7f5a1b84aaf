package referrers

import (
	"context"
	"time"
)

// WithoutWaiting makes a client that never sleeps, for tests of what happens
// after many failures.
func WithoutWaiting() Option {
	return func(c *Client) {
		c.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}
}
