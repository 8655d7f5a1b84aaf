// Package flight runs a function once for concurrent callers.
package flight

import (
	"context"
	"errors"

	"golang.org/x/sync/singleflight"
)

// A Group runs functions by key. Its zero value is ready to use.
type Group struct{ group singleflight.Group }

// Do runs f for the first of concurrent callers with the same key and gives the others
// its result. A caller whose context is alive does not inherit the cancellation of the
// caller that ran f: f is run again for it.
func (g *Group) Do(ctx context.Context, key string, f func() error) error {
	for {
		var mine bool
		ch := g.group.DoChan(key, func() (any, error) {
			mine = true
			return nil, f()
		})
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case r := <-ch:
			if r.Err != nil && !mine && ctx.Err() == nil && canceled(r.Err) {
				continue
			}
			return r.Err
		}
	}
}

func canceled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
