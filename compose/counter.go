package compose

import (
	"context"

	"github.com/ocompose/ocompose/compose/internal/tally"
)

// A Counter counts the work of this package under a context, for tests and benchmarks: a
// project is meant to be parsed once, and loaded once to read it and once to verify what
// pinning it made. A Counter may be used by several goroutines.
type Counter struct{ tally tally.Tally }

// WithCounter returns a context under which c counts.
func WithCounter(ctx context.Context, c *Counter) context.Context {
	return tally.With(ctx, &c.tally)
}

// Loads returns how many models the Compose loader has loaded.
func (c *Counter) Loads() int { return int(c.tally.Loads.Load()) }

// Parses returns how many texts were parsed as YAML. What the loader reads from disk by
// itself, because it is included or extended, is not counted a second time.
func (c *Counter) Parses() int { return int(c.tally.Parses.Load()) }
