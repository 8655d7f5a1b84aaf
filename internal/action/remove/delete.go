// Package remove deletes packages without breaking others.
package remove

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/store"
)

// Options configure a deletion.
type Options struct {
	// Images deletes the bundled images too.
	Images bool
	// AllTags deletes a package even if it has other tags.
	AllTags bool
}

// A Deletion lists what deleting a package removes, in the order of deletion: an index before the
// manifests that it lists.
type Deletion struct {
	// At is the location of the package, and Root its digest.
	At   session.Location
	Root v1.Hash
	// Tags are the tags to delete.
	Tags []string
	// Others are the other tags of the package, which stay. If there are any, only the
	// tag is deleted.
	Others []string
	// Manifests are the manifests to delete, the root first.
	Manifests []v1.Descriptor
	// Kept are the manifests that another tag or package of the repository needs.
	Kept []v1.Descriptor
}

// A SharedError reports that a package has other tags, which would be deleted too.
type SharedError struct {
	// Ref is the reference to delete, and Tags are the other tags of the package.
	Ref  string
	Tags []string
	// Err is why the tag can't be deleted alone, or nil.
	Err error
}

func (e *SharedError) Error() string {
	text := fmt.Sprintf("%s is also tagged %s", e.Ref, strings.Join(e.Tags, ", "))
	if e.Err != nil {
		text += ", and " + e.Err.Error()
	}
	return text
}

// Unwrap returns why the tag can't be deleted alone.
func (e *SharedError) Unwrap() error { return e.Err }

// Plan determines what deleting the package removes: its index and compositions, and on request
// its bundled images. It keeps the subject, and content that another tag of the repository or
// another package with the same subject needs. If another tag points at the package itself, only
// the tag is deleted; a package with several tags that is selected by digest is a [SharedError].
// Plan changes nothing.
func Plan(ctx context.Context, s *session.Session, at session.Location, options Options) (*Deletion, error) {
	if err := store.CheckDeletable(at.Store); err != nil {
		return nil, fmt.Errorf("deleting %s: %w", at, err)
	}
	p, err := s.Fetch(ctx, at)
	if err != nil {
		return nil, err
	}
	candidates, err := parts(ctx, s, at.Store, p, options.Images)
	if err != nil {
		return nil, err
	}
	found, err := findReferences(ctx, s, at.Store, p, candidates)
	if err != nil {
		return nil, err
	}
	if by, ok := found.by[p.Digest()]; ok {
		return nil, fmt.Errorf("%s is part of %s: delete that instead", session.DigestName(at.Store, p.Digest()), by)
	}
	d := &Deletion{At: at, Root: p.Digest(), Tags: found.tags}
	others := slices.DeleteFunc(slices.Clone(found.tags), func(tag string) bool { return tag == at.Ref })
	byTag := len(others) < len(found.tags)
	switch {
	case options.AllTags:
	case byTag && len(others) > 0:
		d.Tags, d.Others = []string{at.Ref}, others
		return d, nil
	case len(others) > 1:
		return nil, &SharedError{Ref: at.String(), Tags: others}
	}
	for _, c := range candidates {
		if _, ok := found.by[c.Digest]; ok {
			d.Kept = append(d.Kept, c)
			continue
		}
		d.Manifests = append(d.Manifests, c)
	}
	return d, nil
}

// Delete performs the deletion. A manifest with a subject is removed from the subject's referrers
// first, so that no list has missing entries. It fails at the first manifest that can't be
// deleted; a new plan continues from there. A package that is pushed concurrently is a
// [RestoredError]. A tag that the registry can't delete alone is a [SharedError].
func Delete(ctx context.Context, from store.Store, d *Deletion) error {
	if len(d.Others) > 0 {
		err := from.Untag(ctx, d.At.Ref)
		var alone *store.UntagError
		if errors.As(err, &alone) {
			return &SharedError{Ref: d.At.String(), Tags: d.Others, Err: err}
		}
		return err
	}
	for _, m := range d.Manifests {
		err := from.Delete(ctx, m.Digest)
		if store.IsNotFound(err) && m.Digest != d.Root {
			continue // an index that lists manifests that are already deleted
		}
		if err != nil {
			return fmt.Errorf("deleting %s: %w", session.DigestName(from, m.Digest), err)
		}
	}
	if err := untag(ctx, from, d); err != nil {
		return err
	}
	return publish.CheckGone(ctx, from, d.Root)
}

// untag deletes the tags that remain after the package was deleted: some registries store tags
// separately from manifests.
func untag(ctx context.Context, from store.Store, d *Deletion) error {
	for _, tag := range d.Tags {
		found, err := from.Lookup(ctx, tag)
		if store.IsNotFound(err) || err == nil && found.Digest != d.Root {
			continue
		}
		if err == nil {
			err = from.Untag(ctx, tag)
		}
		if err != nil && !store.IsNotFound(err) {
			return fmt.Errorf("deleting the tag %s:%s of the deleted package: %w", from.Name(), tag, err)
		}
	}
	return nil
}

// parts returns the manifests of a package in the order of deletion, each once.
func parts(ctx context.Context, s *session.Session, from store.Source, p *artifact.Package, images bool) ([]v1.Descriptor, error) {
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
	for _, image := range slices.Concat(p.Indexes, p.Images) {
		add(image)
		below, err := below(ctx, s, from, image)
		if err != nil {
			return nil, err
		}
		add(below...)
	}
	return all, nil
}

// below returns the manifests below an index, recursively, each once; none if it is missing.
func below(ctx context.Context, s *session.Session, from store.Source, d v1.Descriptor) ([]v1.Descriptor, error) {
	var all []v1.Descriptor
	seen := map[v1.Hash]bool{d.Digest: true}
	for todo := []v1.Descriptor{d}; len(todo) > 0; todo = todo[1:] {
		listed, err := listed(ctx, s, from, todo[0])
		if err != nil {
			return nil, err
		}
		for _, child := range listed {
			if !seen[child.Digest] {
				seen[child.Digest] = true
				all = append(all, child)
				todo = append(todo, child)
			}
		}
	}
	return all, nil
}

// listed returns the descriptors in an index; none if it is missing, or not an index.
func listed(ctx context.Context, s *session.Session, from store.Source, d v1.Descriptor) ([]v1.Descriptor, error) {
	if !d.MediaType.IsIndex() {
		return nil, nil
	}
	if err := s.Budget.TakeManifest(0); err != nil {
		return nil, fmt.Errorf("reading %s: %w", session.DigestName(from, d.Digest), err)
	}
	index, err := s.Copier.Manifest(ctx, from, session.Identity(d))
	if store.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	listed, err := graph.Listed(index)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", session.DigestName(from, d.Digest), err)
	}
	return listed, nil
}
