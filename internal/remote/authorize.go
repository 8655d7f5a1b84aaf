package remote

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/sync/errgroup"
)

// Authorize pings the registries of all repositories once each and requests tokens that
// allow reading pull and writing push, in batches: a few round trips up front in place of
// one or two for each repository later. It is optional; requests that find no token
// request one.
//
// It fails if a registry can't be reached. A batch that the token server refuses is no
// error: one repository of many may be the reason, and the request to that one will say so.
func (c *Client) Authorize(ctx context.Context, pull, push []name.Repository) error {
	type want struct{ pull, push []name.Repository }
	wanted := map[*host]*want{}
	of := func(repo name.Repository) *want {
		r := c.hostOf(repo.Registry)
		if wanted[r] == nil {
			wanted[r] = &want{}
		}
		return wanted[r]
	}
	for _, repo := range pull {
		of(repo).pull = append(of(repo).pull, repo)
	}
	for _, repo := range push {
		of(repo).push = append(of(repo).push, repo)
	}
	g, ctx := errgroup.WithContext(ctx)
	for r, w := range wanted {
		g.Go(func() error {
			if err := c.ping(ctx, r); err != nil {
				return err
			}
			return r.login.Authorize(ctx, w.pull, w.push)
		})
	}
	return g.Wait()
}
