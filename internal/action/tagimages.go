package action

import (
	"context"
	"fmt"

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

// rootsOf are the images of a package: those that it lists, and those that came along.
func rootsOf(built *artifact.Package, spec artifact.Spec) map[v1.Hash]bool {
	roots := map[v1.Hash]bool{}
	for _, d := range built.Images {
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
