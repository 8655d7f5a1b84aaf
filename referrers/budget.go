package referrers

import (
	"sync"

	"github.com/ocompose/ocompose/internal/limits"
)

// A budget bounds what one listing costs, whatever registries send: all lists that it
// reads, and the manifests that it asks about, count together. It is safe for concurrent
// use. What is beyond is a [limits.Error].
type budget struct {
	mu                     sync.Mutex
	bytes, entries, checks int
}

// takeBytes counts the bytes of one answer, before it is decoded. No budget bounds nothing.
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

// takeChecks returns how many of some manifests may be asked about.
func (b *budget) takeChecks(n int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n = max(min(n, limits.ReferrerChecks-b.checks), 0)
	b.checks += n
	return n
}
