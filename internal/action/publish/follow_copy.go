package publish

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/follow"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/graph"
)

// followers returns the referrers that are copied with a package: those whose subject has the
// same digest at the target.
func (p Publisher) followers(ctx context.Context, built *artifact.Package, spec artifact.Spec) ([]follow.Follower, error) {
	var all []follow.Follower
	if p.own != nil {
		found, err := p.own()
		if err != nil {
			return nil, err
		}
		all, *p.stays = separate(built, found)
	}
	if !p.options.Following.Images() {
		return all, nil
	}
	images, err := follow.ImageFollowers(ctx, p.session, follow.RootsIn(p.session, spec.Images, p.from), follow.SubjectsOf(built), p.options.Following)
	return append(all, images...), err
}

// separate splits referrers by subject: those of content that the package also has, and the rest.
func separate(p *artifact.Package, all []follow.Follower) (along, stays []follow.Follower) {
	same := map[v1.Hash]bool{}
	for _, s := range follow.SubjectsOf(p) {
		same[s.Digest] = true
	}
	for _, f := range all {
		if same[f.Root] {
			along = append(along, f)
		} else {
			stays = append(stays, f)
		}
	}
	return along, stays
}

// SavedFollowers finds the referrers that are saved with a package, and those that are not
// because its digest changes.
func SavedFollowers(ctx context.Context, s *session.Session, at session.Location, p *artifact.Package, n *Needs, which follow.Following) (along, stays []follow.Follower, err error) {
	if which.None {
		return nil, nil, nil
	}
	found, err := follow.Followers(ctx, s, at.Store, follow.SubjectsOf(p), which)
	if err != nil {
		return nil, nil, err
	}
	along, stays = separate(n.Built, found)
	if !which.Images() {
		return along, stays, nil
	}
	images, err := follow.ImageFollowers(ctx, s, n.images, follow.SubjectsOf(p), which)
	return append(along, images...), stays, err
}

// CopyReferrers copies referrers to the target, each after its subject.
func (p Publisher) CopyReferrers(ctx context.Context, all []follow.Follower) error {
	for _, f := range all {
		if err := p.copyReferrer(ctx, f); err != nil {
			return fmt.Errorf("copying %s, which refers to %s: %w", session.DigestName(f.In, f.Digest), f.Root, err)
		}
	}
	return nil
}

// copyReferrer copies one referrer.
func (p Publisher) copyReferrer(ctx context.Context, f follow.Follower) error {
	ref := f.Tag
	if ref == "" {
		ref = f.Digest.String()
	}
	if d, err := p.target.Lookup(ctx, ref); err == nil && d.Digest == f.Digest {
		return nil
	}
	m, err := p.session.Copier.Manifest(ctx, f.In, session.Identity(f.Descriptor))
	if err != nil {
		return err
	}
	parts, err := graph.Of(m)
	if err != nil {
		return err
	}
	group, gctx := errgroup.WithContext(ctx)
	for _, child := range parts.Manifests {
		group.Go(func() error { return p.session.Copier.Copy(gctx, f.In, child, p.target) })
	}
	for _, blob := range parts.Blobs {
		group.Go(func() error { return p.session.Copier.CopyBlob(gctx, f.In, blob, p.target) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if f.Tag != "" {
		return p.target.Write(ctx, m, f.Tag)
	}
	return p.target.Attach(ctx, m)
}
