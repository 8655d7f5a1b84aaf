package publish

import (
	"context"
	"fmt"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// A RestoredError reports that a deleted package exists again, while its content
// may be missing.
type RestoredError struct {
	// Ref is the package.
	Ref string
}

func (e *RestoredError) Error() string {
	return fmt.Sprintf("%s still exists after it was deleted: the registry kept it, or it was pushed concurrently, and its content may be missing", e.Ref)
}

// confirm checks that a written package exists, the root and its entries, because a
// concurrent command may have deleted it. Together with [CheckGone],
// one of the two notices: confirm checks the compositions after writing the root, and a deletion checks
// the root after deleting the compositions. A package that is new under its tag is not
// checked: nobody could delete it before it had one, and the client has confirmed every
// manifest.
//
// Without read access, nothing can be checked.
func (p Publisher) confirm(ctx context.Context, built *artifact.Package) error {
	if _, ok := p.target.(*store.Registry); !ok || p.isNew(built) {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.session.AtOnce())
	group.Go(func() error { return p.confirmRoot(ctx, built) })
	if built.IsIndex() {
		for _, c := range built.Compositions {
			group.Go(func() error { return p.confirmDigest(ctx, c.Descriptor.Digest) })
		}
	}
	return group.Wait()
}

// isNew reports whether a package can only be found by a tag that did not exist before.
func (p Publisher) isNew(built *artifact.Package) bool {
	return p.options.Tag != "" && p.pointsAt() == (v1.Hash{}) && !isAttached(built) && !p.options.Repair
}

// confirmRoot checks the root under its tag, if it got one.
func (p Publisher) confirmRoot(ctx context.Context, built *artifact.Package) error {
	if p.options.Tag == "" || built.Subject != nil {
		return p.confirmDigest(ctx, built.Digest())
	}
	found, err := lookupLater(ctx, p.target, p.options.Tag, true)
	switch {
	case err == nil && found.Digest == built.Digest():
		return nil
	case store.IsNotFound(err):
		return &remote.LostError{Ref: p.target.Name() + ":" + p.options.Tag}
	case err != nil:
		return p.unconfirmed(ctx, err)
	}
	// Somebody else may have moved the tag since.
	return p.confirmDigest(ctx, built.Digest())
}

func (p Publisher) confirmDigest(ctx context.Context, digest v1.Hash) error {
	_, err := lookupLater(ctx, p.target, digest.String(), true)
	if store.IsNotFound(err) {
		return &remote.LostError{Ref: session.DigestName(p.target, digest)}
	}
	return p.unconfirmed(ctx, err)
}

// unconfirmed returns the error of a look-up, unless the registry denies access.
func (p Publisher) unconfirmed(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil && remote.IsAnswer(err) {
		return context.Cause(ctx)
	}
	return fmt.Errorf("checking the pushed package: %w", err)
}

// lookupLater looks up a reference until it exists, or no longer exists: some registries
// take a moment. It gives up after about two seconds.
func lookupLater(ctx context.Context, in store.Source, ref string, there bool) (v1.Descriptor, error) {
	for wait := 100 * time.Millisecond; ; wait *= 2 {
		found, err := in.Lookup(ctx, ref)
		if err != nil && !store.IsNotFound(err) || (err == nil) == there || wait > time.Second {
			return found, err
		}
		select {
		case <-ctx.Done():
			return found, context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}

// CheckGone checks that a deleted package does not exist.
func CheckGone(ctx context.Context, in store.Source, root v1.Hash) error {
	if _, ok := in.(*store.Registry); !ok {
		return nil
	}
	_, err := lookupLater(ctx, in, root.String(), false)
	switch {
	case err == nil:
		return &RestoredError{Ref: session.DigestName(in, root)}
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case store.IsNotFound(err), remote.IsAnswer(err):
		return nil
	}
	return fmt.Errorf("checking that %s was deleted: %w", session.DigestName(in, root), err)
}
