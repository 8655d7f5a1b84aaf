package auth

import (
	"context"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// scopesPerToken limits the scopes of a token request: some registries reject a request
// with many scopes, or the long header of the token.
const scopesPerToken = 20

// Authorize requests tokens to pull from the repositories pull and push to the repositories
// push, all in this registry, which must have been pinged. It requests them in batches: one
// or two round trips now instead of several for each repository later.
//
// A batch that the token server denies is not an error. The reason may be a single
// repository, and the later request to that repository reports it.
func (r *Registry) Authorize(ctx context.Context, pull, push []name.Repository) error {
	ch := r.asks()
	if !usesTokens(ch) {
		return nil
	}
	wanted, err := r.wanted(ctx, pull, push)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for l, w := range wanted {
		for _, batch := range batches(w.push, w.pull) {
			g.Go(func() error { return r.authorizeBatch(ctx, ch, l, batch) })
		}
	}
	return g.Wait()
}

func (r *Registry) authorizeBatch(ctx context.Context, ch *transport.Challenge, l *login, batch scopes) error {
	if l.config.RegistryToken != "" {
		return nil
	}
	_, err := r.token(ctx, ch, l, batch)
	if httperr.IsUnauthorized(err) {
		return nil
	}
	return err
}

// want are the scopes to request for one login.
type want struct {
	push scopes
	pull []scopes // of the repositories that are only pulled
}

// wanted returns the scopes to request, by login. pull is sorted by name, so that the same
// repositories get the same batches.
func (r *Registry) wanted(ctx context.Context, pull, push []name.Repository) (map[*login]*want, error) {
	repos := map[string]name.Repository{}
	pushed := map[string]bool{}
	for _, repo := range pull {
		repos[repo.RepositoryStr()] = repo
	}
	for _, repo := range push {
		repos[repo.RepositoryStr()] = repo
		pushed[repo.RepositoryStr()] = true
	}
	names := make([]string, 0, len(repos))
	for n := range repos {
		names = append(names, n)
	}
	slices.Sort(names)
	out := map[*login]*want{}
	for _, n := range names {
		l, err := r.login(ctx, repos[n])
		if err != nil {
			return nil, err
		}
		if out[l] == nil {
			out[l] = &want{push: scopes{}}
		}
		if pushed[n] {
			out[l].push = out[l].push.union(pushScope(repos[n]))
		} else {
			out[l].pull = append(out[l].pull, pullScope(repos[n]))
		}
	}
	return out, nil
}

// batches divides the pull scopes among tokens. Each token also has the push scopes,
// because a mount needs both in one token.
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
