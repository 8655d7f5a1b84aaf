package action

import (
	"context"
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
)

// manifestTag is the tag under which a manifest survives a clean-up that takes what has
// none. It is not the referrers tag schema's, which has another meaning.
func manifestTag(digest v1.Hash) string { return "ocompose-" + digest.Hex }

// tagImages gives every manifest below the package's root a tag of its own.
func (p publisher) tagImages(ctx context.Context, built *artifact.Package, spec artifact.Spec) error {
	if !built.IsIndex() {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range built.Compositions {
		group.Go(func() error { return p.writeTag(ctx, c.Content(), manifestTag(c.Descriptor.Digest)) })
	}
	for digest := range rootsOf(built, spec) {
		group.Go(func() error { return p.tagTree(ctx, digest) })
	}
	return group.Wait()
}

// tagIndexes gives a tag to each index of an image that the package's index does not list, so
// that a clean-up leaves it. The package's index goes there without a tag first: where it is
// refused, no tag is left behind.
func (p publisher) tagIndexes(ctx context.Context, built *artifact.Package, spec artifact.Spec) error {
	if len(spec.Indexes) == 0 {
		return nil
	}
	if built.Subject == nil {
		if err := p.writeByDigest(ctx, built.Content(), false); err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, d := range spec.Indexes {
		group.Go(func() error {
			m, err := p.session.copier.Manifest(ctx, p.target, identity(d))
			if err != nil {
				return fmt.Errorf("reading %s to tag it: %w", digestName(p.target, d.Digest), err)
			}
			return p.writeTag(ctx, artifact.Content(m), manifestTag(d.Digest))
		})
	}
	return group.Wait()
}

// rootsOf are the images of a package: those that it lists, and those that came along.
func rootsOf(built *artifact.Package, spec artifact.Spec) map[v1.Hash]bool {
	roots := map[v1.Hash]bool{}
	for _, d := range slices.Concat(built.Images, built.Indexes) {
		roots[d.Digest] = true
	}
	for _, image := range spec.Images {
		for _, root := range image.Roots {
			roots[root.Descriptor.Digest] = true
		}
	}
	return roots
}

// tagTree tags a manifest, and the manifests below it where it is an index.
func (p publisher) tagTree(ctx context.Context, digest v1.Hash) error {
	manifest, err := p.target.Read(ctx, digest.String())
	if err != nil {
		return fmt.Errorf("reading %s to tag it: %w", digestName(p.target, digest), err)
	}
	for _, child := range artifact.Content(manifest).Listed() {
		if err := p.tagTree(ctx, child.Digest); err != nil {
			return err
		}
	}
	return p.writeTag(ctx, artifact.Content(manifest), manifestTag(digest))
}
