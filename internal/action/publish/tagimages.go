package publish

import (
	"context"
	"fmt"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/store"
)

// tagImages gives every manifest below the package's root its own tag.
func (p Publisher) tagImages(ctx context.Context, built *artifact.Package, spec artifact.Spec) error {
	if !built.IsIndex() {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range built.Compositions {
		group.Go(func() error { return p.writeAs(ctx, c.Content(), session.ManifestTag(c.Descriptor.Digest)) })
	}
	tagging := &tagging{Publisher: p, done: map[v1.Hash]bool{}}
	for digest := range rootsOf(built, spec) {
		group.Go(func() error { return tagging.tree(ctx, digest, 0) })
	}
	return group.Wait()
}

// tagIndexes gives a tag to each index of an image that the package's index does not list, so
// that a cleanup keeps it. The package's index is written without a tag first: if it is
// rejected, no tag is left behind.
func (p Publisher) tagIndexes(ctx context.Context, built *artifact.Package, spec artifact.Spec) error {
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
			m, err := p.session.Copier.Manifest(ctx, p.target, session.Identity(d))
			if err != nil {
				return fmt.Errorf("reading %s to tag it: %w", session.DigestName(p.target, d.Digest), err)
			}
			return p.writeAs(ctx, artifact.Content(m), session.ManifestTag(d.Digest))
		})
	}
	return group.Wait()
}

// rootsOf returns the images of a package: those that it lists, and those copied with it.
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

// A tagging tags manifests, each once.
type tagging struct {
	Publisher
	mu   sync.Mutex
	done map[v1.Hash]bool
}

// first reports whether a manifest has not been seen before.
func (t *tagging) first(digest v1.Hash) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.done[digest]
	t.done[digest] = true
	return !before
}

// tree tags a manifest, and if it is an index, the manifests below it.
func (t *tagging) tree(ctx context.Context, digest v1.Hash, depth int) error {
	if !t.first(digest) {
		return nil
	}
	err := t.session.Budget.TakeManifest(depth)
	var manifest store.Manifest
	if err == nil {
		manifest, err = t.target.Read(ctx, digest.String())
	}
	if err != nil {
		return fmt.Errorf("reading %s to tag it: %w", session.DigestName(t.target, digest), err)
	}
	listed, err := graph.Listed(manifest)
	if err != nil {
		return fmt.Errorf("reading %s to tag it: %w", session.DigestName(t.target, digest), err)
	}
	for _, child := range listed {
		if err := t.tree(ctx, child.Digest, depth+1); err != nil {
			return err
		}
	}
	return t.writeAs(ctx, artifact.Content(manifest), session.ManifestTag(digest))
}
