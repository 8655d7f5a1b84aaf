package action

import (
	"context"
	"fmt"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// A LostError says that a registry took a manifest and does not have it.
type LostError struct {
	// Ref is the manifest.
	Ref string
}

func (e *LostError) Error() string {
	return fmt.Sprintf("the registry took %s and does not have it: it lost it, or somebody deleted it at the same time", e.Ref)
}

// A RestoredError says that a package that was deleted is there again, while what it needs
// may be gone.
type RestoredError struct {
	// Ref is the package.
	Ref string
}

func (e *RestoredError) Error() string {
	return fmt.Sprintf("%s is still there after it was deleted: the registry kept it, or somebody pushed it at the same time, and what it needs may be gone", e.Ref)
}

// confirm checks that a package that was written is there, the root and what it lists: the
// registry may have lost it, stored something else, or somebody deletes the same package at
// the same time. Together with what [Session.Delete] looks for at its end, one of the two
// notices: this asks for the compositions after the root was written, and that asks for the
// root after the compositions were deleted.
//
// A registry that doesn't let the client read can't be asked.
func (p publisher) confirm(ctx context.Context, built *artifact.Package) error {
	if _, ok := p.target.(*store.Registry); !ok {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.session.atOnce())
	group.Go(func() error { return p.confirmRoot(ctx, built) })
	if built.IsIndex() {
		for _, c := range built.Compositions {
			group.Go(func() error { return p.confirmDigest(ctx, c.Descriptor.Digest) })
		}
	}
	return group.Wait()
}

// confirmRoot checks the root under its tag, if it got one.
func (p publisher) confirmRoot(ctx context.Context, built *artifact.Package) error {
	if p.options.Tag == "" || built.Subject != nil {
		return p.confirmDigest(ctx, built.Digest())
	}
	found, err := lookupLater(ctx, p.target, p.options.Tag, true)
	switch {
	case err == nil && found.Digest == built.Digest():
		return nil
	case store.IsNotFound(err):
		return &LostError{Ref: p.target.Name() + ":" + p.options.Tag}
	case err != nil:
		return p.unconfirmed(ctx, err)
	}
	// Somebody else may have moved the tag since.
	return p.confirmDigest(ctx, built.Digest())
}

func (p publisher) confirmDigest(ctx context.Context, digest v1.Hash) error {
	_, err := lookupLater(ctx, p.target, digest.String(), true)
	if store.IsNotFound(err) {
		return &LostError{Ref: digestName(p.target, digest)}
	}
	return p.unconfirmed(ctx, err)
}

// unconfirmed is the error of a look-up, unless the registry refuses to tell.
func (p publisher) unconfirmed(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil && remote.IsAnswer(err) {
		return context.Cause(ctx)
	}
	return fmt.Errorf("checking that what was pushed is there: %w", err)
}

// lookupLater looks a reference up until it is there, or until it isn't: some registries
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

// checkGone checks that a package that was deleted is not there.
func checkGone(ctx context.Context, in store.Source, root v1.Hash) error {
	if _, ok := in.(*store.Registry); !ok {
		return nil
	}
	_, err := lookupLater(ctx, in, root.String(), false)
	switch {
	case err == nil:
		return &RestoredError{Ref: digestName(in, root)}
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case store.IsNotFound(err), remote.IsAnswer(err):
		return nil
	}
	return fmt.Errorf("checking that %s is gone: %w", digestName(in, root), err)
}
