package action

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/graph"
)

// along returns the referrers that are copied with a package: those whose subject has the
// same digest at the target.
func (p publisher) along(ctx context.Context, built *artifact.Package, spec artifact.Spec) ([]follower, error) {
	var all []follower
	if p.own != nil {
		found, err := p.own()
		if err != nil {
			return nil, err
		}
		all, *p.stays = separate(built, found)
	}
	if !p.options.Following.images() {
		return all, nil
	}
	images, err := p.session.imageFollowers(ctx, p.session.rootsIn(spec.Images, p.from), subjectsOf(built), p.options.Following)
	return append(all, images...), err
}

// separate tells the referrers of what a package has too from those of what it has not.
func separate(p *artifact.Package, all []follower) (along, stays []follower) {
	same := map[v1.Hash]bool{}
	for _, s := range subjectsOf(p) {
		same[s.digest] = true
	}
	for _, f := range all {
		if same[f.root] {
			along = append(along, f)
		} else {
			stays = append(stays, f)
		}
	}
	return along, stays
}

// savedFollowers finds the referrers that are saved with a package, and those that are not
// because its digest changes.
func (s *Session) savedFollowers(ctx context.Context, at Location, p *artifact.Package, n *needs, which Following) (along, stays []follower, err error) {
	if which.None {
		return nil, nil, nil
	}
	found, err := s.followers(ctx, at.Store, subjectsOf(p), which)
	if err != nil {
		return nil, nil, err
	}
	along, stays = separate(n.built, found)
	if !which.images() {
		return along, stays, nil
	}
	images, err := s.imageFollowers(ctx, n.images, subjectsOf(p), which)
	return append(along, images...), stays, err
}

// bringAll copies referrers to the target, each after its subject.
func (p publisher) bringAll(ctx context.Context, all []follower) error {
	for _, f := range all {
		if err := p.bring(ctx, f); err != nil {
			return fmt.Errorf("copying %s, which refers to %s: %w", digestName(f.in, f.Digest), f.root, err)
		}
	}
	return nil
}

// bring copies one referrer.
func (p publisher) bring(ctx context.Context, f follower) error {
	ref := f.tag
	if ref == "" {
		ref = f.Digest.String()
	}
	if d, err := p.target.Lookup(ctx, ref); err == nil && d.Digest == f.Digest {
		return nil
	}
	m, err := p.session.copier.Manifest(ctx, f.in, identity(f.Descriptor))
	if err != nil {
		return err
	}
	parts, err := graph.Of(m)
	if err != nil {
		return err
	}
	group, gctx := errgroup.WithContext(ctx)
	for _, child := range parts.Manifests {
		group.Go(func() error { return p.session.copier.Copy(gctx, f.in, child, p.target) })
	}
	for _, blob := range parts.Blobs {
		group.Go(func() error { return p.session.copier.CopyBlob(gctx, f.in, blob, p.target) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if f.tag != "" {
		return p.target.Write(ctx, m, f.tag)
	}
	return p.target.Attach(ctx, m)
}
