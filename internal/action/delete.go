package action

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/store"
)

// A Deletion is what deleting a package takes away, in the order in which it
// goes: what lists a manifest goes before the manifest.
type Deletion struct {
	// At is where the package is, and Root its digest.
	At   Location
	Root v1.Hash
	// Manifests are what goes, the root first.
	Manifests []v1.Descriptor
	// Kept are what stays because another tag or package of the repository needs it.
	Kept []v1.Descriptor
}

// PlanDelete finds out what deleting the package takes away: its index and
// compositions, and, where images is set, its bundled images. What another tag
// of the repository needs, or another package on the same subject, is kept, and
// so is the subject, always. It changes nothing.
func (s *Session) PlanDelete(ctx context.Context, at Location, images bool) (*Deletion, error) {
	p, err := s.Fetch(ctx, at)
	if err != nil {
		return nil, err
	}
	candidates, err := s.parts(ctx, at.Store, p, images)
	if err != nil {
		return nil, err
	}
	needed, err := s.stillReferenced(ctx, at.Store, p, candidates)
	if err != nil {
		return nil, err
	}
	if by, ok := needed[p.Digest()]; ok {
		return nil, fmt.Errorf("%s is part of %s: delete that, or leave it", digestName(at.Store, p.Digest()), by)
	}
	d := &Deletion{At: at, Root: p.Digest()}
	for _, c := range candidates {
		if _, ok := needed[c.Digest]; ok {
			d.Kept = append(d.Kept, c)
			continue
		}
		d.Manifests = append(d.Manifests, c)
	}
	return d, nil
}

// Delete takes away what was planned. What has a subject leaves the subject's listing
// before it goes, so that nothing lists what is not there. It errors at the first manifest
// that can't be deleted; planned anew, it goes on from there.
func (s *Session) Delete(ctx context.Context, from store.Store, d *Deletion) error {
	for _, m := range d.Manifests {
		err := from.Delete(ctx, m.Digest)
		if store.IsNotFound(err) && m.Digest != d.Root {
			continue // an index that lists what is gone already
		}
		if err != nil {
			return fmt.Errorf("deleting %s: %w", digestName(from, m.Digest), err)
		}
	}
	return nil
}

// parts are the manifests of a package in the order in which they go, each once.
func (s *Session) parts(ctx context.Context, from store.Source, p *artifact.Package, images bool) ([]v1.Descriptor, error) {
	root := p.Content().Descriptor
	all := []v1.Descriptor{root}
	seen := map[v1.Hash]bool{root.Digest: true}
	add := func(descriptors ...v1.Descriptor) {
		for _, d := range descriptors {
			if !seen[d.Digest] {
				seen[d.Digest] = true
				all = append(all, d)
			}
		}
	}
	for _, c := range p.Compositions {
		add(c.Descriptor)
	}
	if !images {
		return all, nil
	}
	for _, image := range p.Images {
		add(image)
		below, err := s.below(ctx, from, image)
		if err != nil {
			return nil, err
		}
		add(below...)
	}
	return all, nil
}

// below are the manifests that an index lists, and so on; none where it is gone.
func (s *Session) below(ctx context.Context, from store.Source, d v1.Descriptor) ([]v1.Descriptor, error) {
	if !d.MediaType.IsIndex() {
		return nil, nil
	}
	index, err := s.copier.Manifest(ctx, from, v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size})
	if store.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []v1.Descriptor
	for _, child := range artifact.Content(index).Listed() {
		all = append(all, child)
		deeper, err := s.below(ctx, from, child)
		if err != nil {
			return nil, err
		}
		all = append(all, deeper...)
	}
	return all, nil
}
