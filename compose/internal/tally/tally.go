// Package tally counts the work of reading a project under a context.
package tally

import (
	"context"
	"sync/atomic"
)

// A Tally has the counts. It is safe for concurrent use.
type Tally struct {
	// Loads counts models that the Compose loader loads.
	Loads atomic.Int64
	// Parses counts how often YAML is parsed.
	Parses atomic.Int64
}

type key struct{}

// With returns a context in which t counts.
func With(ctx context.Context, t *Tally) context.Context { return context.WithValue(ctx, key{}, t) }

// Load counts a load.
func Load(ctx context.Context) {
	if t, ok := ctx.Value(key{}).(*Tally); ok {
		t.Loads.Add(1)
	}
}

// Parse counts a parse.
func Parse(ctx context.Context) {
	if t, ok := ctx.Value(key{}).(*Tally); ok {
		t.Parses.Add(1)
	}
}
