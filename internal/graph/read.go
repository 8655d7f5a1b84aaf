package graph

import (
	"context"
	"errors"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// Read reads a manifest within the budget. claimed is its size in the descriptor that lists it,
// or 0 if there is none.
//
// Many manifests are read at once, and decoding one takes several times its size. So large
// manifests are read one after the other, and those that do not fit into the budget are not read.
// A descriptor may lie: no more than limits.SmallManifest bytes are read before it is this
// manifest's turn.
func (b *Budget) Read(ctx context.Context, in store.Source, ref string, claimed int64) (store.Manifest, error) {
	if err := b.fits(claimed); err != nil {
		return store.Manifest{}, err
	}
	if claimed <= limits.SmallManifest {
		m, err := in.Read(remote.WithResponseLimit(ctx, limits.SmallManifest), ref)
		var large *remote.TooLargeError
		if !errors.As(err, &large) {
			return b.count(m, err)
		}
	}
	select {
	case b.large <- struct{}{}:
		defer func() { <-b.large }()
	case <-ctx.Done():
		return store.Manifest{}, context.Cause(ctx)
	}
	if err := b.fits(max(claimed, limits.SmallManifest)); err != nil {
		return store.Manifest{}, err
	}
	return b.count(in.Read(ctx, ref))
}

// count takes the bytes of a manifest that was read.
func (b *Budget) count(m store.Manifest, err error) (store.Manifest, error) {
	if err == nil {
		err = b.TakeBytes(int64(len(m.Bytes)))
	}
	if err != nil {
		return store.Manifest{}, err
	}
	return m, nil
}
