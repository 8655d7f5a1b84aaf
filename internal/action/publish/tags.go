package publish

import (
	"context"
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/store"
)

// Tags lists the tags of a store, sorted by name, each once.
func Tags(ctx context.Context, in store.Store) ([]string, error) {
	tags, err := in.Tags(ctx)
	if err != nil {
		return nil, err
	}
	slices.Sort(tags)
	return slices.Compact(tags), nil
}

// A TagTakenError reports that a tag is not moved without force: what it
// points at, or would point at, is not a composition.
type TagTakenError struct {
	// Ref is the tag's reference.
	Ref string
	// Is describes what it points at.
	Is string
}

func (e *TagTakenError) Error() string {
	return fmt.Sprintf("%s is %s, which the tag would no longer point at", e.Ref, e.Is)
}

// A MovedTag is a tag that pointed at something else before.
type MovedTag struct {
	Tag  string
	From v1.Hash
}

// SetTags points tags at the manifest at a location, and returns its digest and the tags
// that pointed at something else. It checks all tags before it sets the first: without
// force, a tag moves only from composition to composition; otherwise the error is a
// [TagTakenError].
func SetTags(ctx context.Context, at session.Location, tags []string, force bool) (v1.Hash, []MovedTag, error) {
	m, err := at.Store.Read(ctx, at.Ref)
	if err != nil {
		return v1.Hash{}, nil, err
	}
	found := make([]v1.Hash, len(tags))
	group, gctx := errgroup.WithContext(ctx)
	for i, tag := range tags {
		group.Go(func() (err error) {
			found[i], err = checkTaken(gctx, at.Store, tag, m, force)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return v1.Hash{}, nil, err
	}
	var moved []MovedTag
	for i, tag := range tags {
		if found[i] == m.Descriptor.Digest {
			continue
		}
		if err := at.Store.Write(ctx, m, tag); err != nil {
			return v1.Hash{}, nil, fmt.Errorf("tagging %s: %w", session.RefName(at.Store, tag), err)
		}
		if found[i] != (v1.Hash{}) {
			moved = append(moved, MovedTag{tag, found[i]})
		}
	}
	return m.Descriptor.Digest, moved, nil
}

// checkTaken returns what a tag points at, if anything, and refuses to move it to m if
// that needs force.
func checkTaken(ctx context.Context, in store.Source, tag string, m store.Manifest, force bool) (v1.Hash, error) {
	now, err := in.Lookup(ctx, tag)
	switch {
	case store.IsNotFound(err):
		return v1.Hash{}, nil
	case err != nil:
		return v1.Hash{}, fmt.Errorf("looking up %s: %w", session.RefName(in, tag), err)
	case force || now.Digest == m.Descriptor.Digest:
		return now.Digest, nil
	}
	before, err := in.Read(ctx, now.Digest.String())
	if store.IsNotFound(err) {
		return now.Digest, nil
	}
	if err != nil {
		return v1.Hash{}, err
	}
	kind, isComposition := artifact.Kind(artifact.Content(before))
	if _, becomes := artifact.Kind(artifact.Content(m)); !isComposition || !becomes {
		return v1.Hash{}, &TagTakenError{Ref: session.RefName(in, tag), Is: kind}
	}
	return now.Digest, nil
}
