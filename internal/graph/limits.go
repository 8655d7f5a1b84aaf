package graph

import (
	"sync/atomic"

	"github.com/ocompose/ocompose/internal/limits"
)

// Limits limit what one command follows and keeps in memory.
type Limits struct {
	Depth     int // of indexes in indexes
	Manifests int // each reference counted
	Blobs     int // each reference counted
	Bytes     int // of all manifests that are read
}

// DefaultLimits returns the limits of a command.
func DefaultLimits() Limits {
	return Limits{Depth: limits.Depth, Manifests: limits.Manifests, Blobs: limits.Layers, Bytes: limits.ManifestBytes}
}

// A Budget counts the use of limits. One command shares one budget. It is safe for
// concurrent use. Exceeding a limit is a [limits.Error].
type Budget struct {
	limits                  Limits
	manifests, blobs, bytes atomic.Int64
	large                   chan struct{} // held while a large manifest is read
}

// NewBudget returns an unused budget.
func NewBudget(l Limits) *Budget { return &Budget{limits: l, large: make(chan struct{}, 1)} }

// TakeManifest counts a manifest at a depth, which starts at 0.
func (b *Budget) TakeManifest(depth int) error {
	if depth > b.limits.Depth {
		return &limits.Error{What: "levels of indexes", Limit: b.limits.Depth}
	}
	if b.manifests.Add(1) > int64(b.limits.Manifests) {
		return &limits.Error{What: "manifests", Limit: b.limits.Manifests}
	}
	return nil
}

// TakeBlobs counts the blobs that a manifest refers to.
func (b *Budget) TakeBlobs(n int) error {
	if b.blobs.Add(int64(n)) > int64(b.limits.Blobs) {
		return &limits.Error{What: "layers", Limit: b.limits.Blobs}
	}
	return nil
}

// fits returns an error if a manifest of n bytes exceeds the budget.
func (b *Budget) fits(n int64) error {
	if n > int64(b.limits.Bytes)-b.bytes.Load() {
		return &limits.Error{What: "bytes of manifests", Limit: b.limits.Bytes}
	}
	return nil
}

// TakeBytes counts the bytes of a manifest that is read.
func (b *Budget) TakeBytes(n int64) error {
	if b.bytes.Add(max(n, 0)) > int64(b.limits.Bytes) {
		return &limits.Error{What: "bytes of manifests", Limit: b.limits.Bytes}
	}
	return nil
}
