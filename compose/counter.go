package compose

import (
	"context"

	"github.com/ocompose/ocompose/compose/internal/tally"
)

// A Counter counts the work of this package under a context, for tests and benchmarks: a
// project should be parsed once, and loaded twice: once to read it and once to verify the
// pinned files. A Counter is safe for concurrent use.
type Counter struct{ tally tally.Tally }

// WithCounter returns a context whose work c counts.
func WithCounter(ctx context.Context, c *Counter) context.Context {
	return tally.With(ctx, &c.tally)
}

// Loads returns how many models the Compose loader has loaded.
func (c *Counter) Loads() int { return int(c.tally.Loads.Load()) }

// Parses returns how many times YAML was parsed. Files that the loader reads from disk
// itself, because they are included or extended, are not counted again.
func (c *Counter) Parses() int { return int(c.tally.Parses.Load()) }
