package traffic

import (
	"math/rand/v2"
	"time"
)

// A Policy says how often, and after what waits, something is tried again.
type Policy struct {
	// Attempts is how often it is tried at most, the first time included.
	Attempts int
	// Base is the wait after the first failure; it doubles with each one.
	Base time.Duration
	// Max bounds the waits that Base leads to.
	Max time.Duration
	// MaxRetryAfter bounds the waits that a registry asks for. If it asks for more, the
	// request is not tried again.
	MaxRetryAfter time.Duration
	// Stall is how long a request may make no progress before it is given up. Zero sets no
	// limit. What else waits for a registry is bounded by multiples of it.
	Stall time.Duration
}

// MinRate is how many bytes per second a body has to bring, counted over the time of Stall.
const MinRate = 1 << 10

// DefaultPolicy covers about half a minute of trouble.
func DefaultPolicy() Policy {
	return Policy{Attempts: 8, Base: 200 * time.Millisecond, Max: 10 * time.Second, MaxRetryAfter: 5 * time.Minute, Stall: time.Minute}
}

// Backoff is the wait after the n-th failure, from 1: a random time between a half and
// the whole of the doubled base, so that what failed together is not sent together again.
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
