package traffic

import (
	"math/rand/v2"
	"time"
)

// A Policy configures how often, and after what waits, an operation is retried.
type Policy struct {
	// Attempts is the maximum number of attempts, including the first.
	Attempts int
	// Base is the wait after the first failure; it doubles with each one.
	Base time.Duration
	// Max limits the waits that Base leads to.
	Max time.Duration
	// MaxRetryAfter limits the waits that a registry requests. If it requests more, the
	// request is not retried.
	MaxRetryAfter time.Duration
	// Stall is how long a request may make no progress before it is canceled. Zero means no
	// limit. Other waits for a registry are limited to multiples of it.
	Stall time.Duration
}

// MinRate is the minimum rate of a body in bytes per second, measured over the time of
// Stall.
const MinRate = 1 << 10

// DefaultPolicy covers about half a minute of trouble.
func DefaultPolicy() Policy {
	return Policy{Attempts: 8, Base: 200 * time.Millisecond, Max: 10 * time.Second, MaxRetryAfter: 5 * time.Minute, Stall: time.Minute}
}

// Backoff returns the wait after the n-th failure, starting at 1: a random time between
// half and all of the doubled base, so that requests that failed together are not sent
// together again.
func (p Policy) Backoff(n int) time.Duration {
	d := p.Base
	for i := 1; i < n && d < p.Max; i++ {
		d *= 2
	}
	if d = min(d, p.Max); d <= 0 {
		return 0
	}
	return d/2 + rand.N(d/2+1)
}
