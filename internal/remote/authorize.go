package remote

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/sync/errgroup"
)

// Authorize pings the registry of each repository once, and requests tokens to pull from
// the repositories pull and push to the repositories push, in batches: a few round trips up
// front instead of one or two for each repository later. It is optional; requests without a
// token request one.
//
// It fails if a registry can't be reached. A batch that the token server denies is not an
// error: the reason may be a single repository, and the later request to that repository
// reports it.
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
