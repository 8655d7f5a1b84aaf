package auth

import (
	"context"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// scopesPerToken bounds what one token is requested for: some registries refuse a token
// request with many scopes, or the long header that it leads to.
const scopesPerToken = 20

// Authorize requests tokens that allow reading pull and writing push, all of them
// repositories of this registry, which has been pinged. They are requested in batches: a
// round trip or two now, in place of some for each repository later.
//
// A batch that the token server refuses is no error. One repository of many may be the
// reason, and the request to that one will say so.
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

// want are the scopes that one login is to be given.
type want struct {
	push scopes
	pull []scopes // of the repositories that are only read
}

// wanted are the scopes to request, by login. The order of pull is by name, so that the
// same repositories get the same batches.
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

// batches divides the scopes to read among tokens. Each allows writing push too, as a
// mount needs both in one token.
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
