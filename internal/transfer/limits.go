package transfer

import (
	"fmt"
	"sync/atomic"
)

// Limits bound what one root may hold. They are far above what images have;
// a graph beyond them was made to be a burden.
type Limits struct {
	Depth     int // of indexes in indexes
	Manifests int // below one root
	Blobs     int // below one root, each reference counted
	Bytes     int // of all manifests below one root, which are kept in memory
}

// DefaultLimits returns the limits of a Copier without WithLimits.
func DefaultLimits() Limits {
	return Limits{Depth: 8, Manifests: 10_000, Blobs: 200_000, Bytes: 256 << 20}
}

// LimitError says which limit a graph is beyond.
type LimitError struct {
	What  string
	Limit int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("it has more than %d %s", e.Limit, e.What)
}

// budget counts what is used of the limits.
type budget struct {
	limits           Limits
	manifests, blobs atomic.Int64
	bytes            atomic.Int64
}

func newBudget(l Limits) *budget { return &budget{limits: l} }

func (b *budget) takeManifest(depth int) error {
	if depth > b.limits.Depth {
		return &LimitError{What: "levels of indexes", Limit: b.limits.Depth}
	}
	if b.manifests.Add(1) > int64(b.limits.Manifests) {
		return &LimitError{What: "manifests", Limit: b.limits.Manifests}
	}
	return nil
}

func (b *budget) takeBlobs(n int) error {
	if b.blobs.Add(int64(n)) > int64(b.limits.Blobs) {
		return &LimitError{What: "layers", Limit: b.limits.Blobs}
	}
	return nil
}

func (b *budget) takeBytes(n int) error {
	if b.bytes.Add(int64(n)) > int64(b.limits.Bytes) {
		return &LimitError{What: "bytes of manifests", Limit: b.limits.Bytes}
	}
	return nil
}
