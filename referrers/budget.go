package referrers

import (
	"sync"

	"github.com/ocompose/ocompose/internal/limits"
)

// A budget limits the cost of one listing, for any responses of registries: it counts all lists
// that are read, and all manifests that are checked. Exceeding it is a [limits.Error]. It is safe
// for concurrent use.
type budget struct {
	mu                     sync.Mutex
	bytes, entries, checks int
}

// takeBytes counts the bytes of one response, before it is decoded. A nil budget has no
// limit.
func (b *budget) takeBytes(n int) error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bytes += n; b.bytes > limits.ReferrerBytes {
		return &limits.Error{What: "bytes of lists", Limit: limits.ReferrerBytes}
	}
	return nil
}

// takeEntries counts referrers.
func (b *budget) takeEntries(n int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.entries += n; b.entries > limits.Referrers {
		return &limits.Error{What: "referrers", Limit: limits.Referrers}
	}
	return nil
}

// takeChecks returns how many of n manifests may be checked.
func (b *budget) takeChecks(n int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n = max(min(n, limits.ReferrerChecks-b.checks), 0)
	b.checks += n
	return n
}
