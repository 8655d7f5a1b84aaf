package graph

import (
	"fmt"
	"sync/atomic"
)

// Limits bound what one command follows. They are far above what applications have; a graph
// beyond them was made to be a burden.
type Limits struct {
	Depth     int // of indexes in indexes
	Manifests int // each reference counted
	Blobs     int // each reference counted
	Bytes     int // of all manifests, which are kept in memory
}

// DefaultLimits returns the limits of a command.
func DefaultLimits() Limits {
	return Limits{Depth: 8, Manifests: 20_000, Blobs: 500_000, Bytes: 128 << 20}
}

// LimitError says which limit a graph is beyond.
type LimitError struct {
	What  string
	Limit int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("it has more than %d %s", e.Limit, e.What)
}

// A Budget counts what is used of limits. It is safe for concurrent use.
type Budget struct {
	limits           Limits
	manifests, blobs atomic.Int64
	bytes            atomic.Int64
}

// NewBudget returns a budget of which nothing is used.
func NewBudget(l Limits) *Budget { return &Budget{limits: l} }

// TakeManifest counts a manifest at a depth from 0. It returns a [LimitError] where there
// are too many, or it is too deep.
func (b *Budget) TakeManifest(depth int) error {
	if depth > b.limits.Depth {
		return &LimitError{What: "levels of indexes", Limit: b.limits.Depth}
	}
	if b.manifests.Add(1) > int64(b.limits.Manifests) {
		return &LimitError{What: "manifests", Limit: b.limits.Manifests}
	}
	return nil
}

// TakeParts counts the bytes of a manifest and the blobs that it refers to. It returns a
// [LimitError] where there are too many.
func (b *Budget) TakeParts(size int, p Parts) error {
	if b.bytes.Add(int64(size)) > int64(b.limits.Bytes) {
		return &LimitError{What: "bytes of manifests", Limit: b.limits.Bytes}
	}
	if b.blobs.Add(int64(len(p.Blobs))) > int64(b.limits.Blobs) {
		return &LimitError{What: "layers", Limit: b.limits.Blobs}
	}
	return nil
}
