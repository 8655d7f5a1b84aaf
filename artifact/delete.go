package artifact

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/remote"
)

// A Deletion is what deleting a package takes away, in the order in which it
// goes: what lists a manifest goes before the manifest.
type Deletion struct {
	// Root is the package.
	Root name.Digest
	// Manifests are what goes, the root first.
	Manifests []v1.Descriptor
	// Kept are what stays because another tag or package of the repository needs it.
	Kept []v1.Descriptor
}

// PlanDelete finds out what deleting the package takes away: its index and
// compositions, and, where images is set, its bundled images. What another tag
// of the repository needs, or another package on the same subject, is kept, and
// so is the subject, always. It changes nothing.
func (r *Remote) PlanDelete(ctx context.Context, ref name.Reference, images bool) (*Deletion, error) {
	stored, err := r.Fetch(ctx, ref)
	if err != nil {
		return nil, err
	}
	candidates, err := r.parts(ctx, stored, images)
	if err != nil {
		return nil, err
	}
	needed, err := r.neededElsewhere(ctx, stored, candidates)
	if err != nil {
		return nil, err
	}
	root := stored.Root.Descriptor
	if by, ok := needed[root.Digest]; ok {
		return nil, fmt.Errorf("%s is part of %s: delete that, or leave it", DigestName(stored.Repository, root.Digest), by)
	}
	d := &Deletion{Root: byDigest(stored.Repository, stored.Root)}
	for _, c := range candidates {
		if _, ok := needed[c.Digest]; ok {
			d.Kept = append(d.Kept, c)
			continue
		}
		d.Manifests = append(d.Manifests, c)
	}
	return d, nil
}

// Delete takes away what was planned. What has a subject leaves the subject's
// listing before it goes, so that nothing lists what is not there. It errors at
// the first manifest that can't be deleted; planned anew, it goes on from there.
func (r *Remote) Delete(ctx context.Context, d *Deletion) error {
	for _, m := range d.Manifests {
		ref := d.Root.Context().Digest(m.Digest.String())
		err := r.referrers.Delete(ctx, ref)
		if remote.IsNotFound(err) && m.Digest.String() != d.Root.DigestStr() {
			continue // an index that lists what is gone already
		}
		if err != nil {
			return fmt.Errorf("deleting %s: %w", ReferenceName(ref), err)
		}
	}
	return nil
}

// parts are the manifests of a package in the order in which they go, each once.
func (r *Remote) parts(ctx context.Context, stored *Stored, images bool) ([]v1.Descriptor, error) {
	all := []v1.Descriptor{stored.Root.Descriptor}
	seen := map[v1.Hash]bool{stored.Root.Descriptor.Digest: true}
	add := func(descriptors ...v1.Descriptor) {
		for _, d := range descriptors {
			if !seen[d.Digest] {
				seen[d.Digest] = true
				all = append(all, d)
			}
		}
	}
	for _, c := range stored.Compositions {
		add(c.Descriptor)
	}
	if !images {
		return all, nil
	}
	for _, image := range stored.Images {
		add(image)
		below, err := r.below(ctx, stored.Repository, image)
		if err != nil {
			return nil, err
		}
		add(below...)
	}
	return all, nil
}

// below are the manifests that an index lists; none where it is gone.
func (r *Remote) below(ctx context.Context, repo name.Repository, d v1.Descriptor) ([]v1.Descriptor, error) {
	if !d.MediaType.IsIndex() {
		return nil, nil
	}
	index, err := r.copier.Manifest(ctx, repo, *reference(d))
	if remote.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []v1.Descriptor
	for _, child := range below(Content(index)) {
		all = append(all, child)
		deeper, err := r.below(ctx, repo, child)
		if err != nil {
			return nil, err
		}
		all = append(all, deeper...)
	}
	return all, nil
}
