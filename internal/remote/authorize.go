package remote

import (
	"context"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/sync/errgroup"
)

// scopesPerToken bounds what one token is asked for: some registries refuse a
// token request, or the header that results, where there are many.
const scopesPerToken = 20

// Authorize pings the registries of all repositories once each and asks for
// tokens that read pull and write push, in batches: a few round trips up
// front in place of one or two for each repository later. It is optional;
// requests authorise themselves where nothing was asked for.
//
// It fails where a registry can't be reached. A batch that the token server
// refuses is no error: one repository of many may be the reason, and the
// request to that one will say so by name.
func (c *Client) Authorize(ctx context.Context, pull, push []name.Repository) error {
	g, ctx := errgroup.WithContext(ctx)
	hosts := map[*host]map[string]name.Repository{}
	want := map[string]scopes{}
	pushed := map[string]bool{}
	collect := func(repos []name.Repository, scope func(name.Repository) scopes) {
		for _, r := range repos {
			h := c.hostOf(r.Registry)
			if hosts[h] == nil {
				hosts[h] = map[string]name.Repository{}
			}
			hosts[h][r.Name()] = r
			want[r.Name()] = want[r.Name()].union(scope(r))
		}
	}
	collect(pull, pullScope)
	collect(push, pushScope)
	for _, r := range push {
		pushed[r.Name()] = true
	}
	for h, repos := range hosts {
		g.Go(func() error { return c.authorizeHost(ctx, h, repos, want, pushed) })
	}
	return g.Wait()
}

func (c *Client) authorizeHost(ctx context.Context, h *host, repos map[string]name.Repository, want map[string]scopes, pushed map[string]bool) error {
	if err := c.ping(ctx, h); err != nil {
		return err
	}
	h.mu.Lock()
	ch := h.challenge
	h.mu.Unlock()
	if ch == nil || !strings.EqualFold(ch.Scheme, "bearer") {
		return nil
	}
	pulls := map[*identity][]scopes{}
	pushes := map[*identity]scopes{}
	names := make([]string, 0, len(repos))
	for n := range repos {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		id, err := c.identityOf(ctx, h, repos[n])
		if err != nil {
			return err
		}
		if pushed[n] {
			pushes[id] = pushes[id].union(want[n])
			if _, ok := pulls[id]; !ok {
				pulls[id] = nil
			}
			continue
		}
		pulls[id] = append(pulls[id], want[n])
	}
	g, ctx := errgroup.WithContext(ctx)
	for id, list := range pulls {
		for _, batch := range batches(pushes[id], list) {
			g.Go(func() error {
				_, err := c.bearerFor(ctx, h, ch, id, batch)
				if err != nil && IsUnauthorized(err) {
					return nil
				}
				return err
			})
		}
	}
	return g.Wait()
}

// batches divides the scopes to read among tokens. Each has the scopes to
// write as well, for a mount needs both in one token.
func batches(push scopes, pulls []scopes) []scopes {
	var out []scopes
	room := max(scopesPerToken-len(push), scopesPerToken/2)
	for chunk := range slices.Chunk(pulls, room) {
		b := push.union(nil)
		for _, s := range chunk {
			b = b.union(s)
		}
		out = append(out, b)
	}
	if len(out) == 0 && len(push) > 0 {
		out = append(out, push)
	}
	return out
}
