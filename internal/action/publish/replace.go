package publish

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/store"
)

// A ReplaceError reports that a tag points at something other than a composition, which a package
// would replace.
type ReplaceError struct {
	// Ref is the tag's reference.
	Ref string
	// Is describes what it points at.
	Is string
	// Always is set if it is never replaced, even with force.
	Always bool
}

func (e *ReplaceError) Error() string {
	return fmt.Sprintf("%s is %s: the composition would replace it", e.Ref, e.Is)
}

// ErrNoPortable reports that a package has no portable composition to tag.
var ErrNoPortable = errors.New("the package has no portable composition to tag")

// checkTag rejects tags that are an image of the project itself, before any request.
func (p Publisher) checkTag(project *compose.Project, repo name.Repository) error {
	tags := slices.Collect(maps.Keys(p.othersPointAt))
	if p.options.Tag != "" {
		tags = append(tags, p.options.Tag)
	}
	for _, place := range project.Images {
		written, _, _ := strings.Cut(place.Ref, "@")
		ref, err := name.NewTag(written)
		for _, tag := range tags {
			if own := repo.Tag(tag); err == nil && ref.Name() == own.Name() {
				return &ReplaceError{Ref: artifact.ReferenceName(own), Is: fmt.Sprintf("an image of the project (service %q)", place.Service), Always: true}
			}
		}
	}
	return nil
}

// checkReplaced refuses to move tags away from something other than a composition, unless
// force is set.
func (p Publisher) checkReplaced(ctx context.Context, built *artifact.Package) error {
	if p.options.Force {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return p.checkReplacedTag(ctx, p.options.Tag, p.pointsAt, built.Digest()) })
	for tag, points := range p.othersPointAt {
		content, err := p.pointedAt(built, tag)
		if err != nil {
			return err
		}
		group.Go(func() error { return p.checkReplacedTag(ctx, tag, points, content.Descriptor.Digest) })
	}
	return group.Wait()
}

func (p Publisher) checkReplacedTag(ctx context.Context, tag string, points lookedUp, becomes v1.Hash) error {
	now := points()
	if now == (v1.Hash{}) || now == becomes {
		return nil
	}
	ref := session.RefName(p.target, tag)
	m, err := p.target.Read(ctx, tag)
	if store.IsNotFound(err) {
		return nil // it was deleted meanwhile
	}
	if err != nil {
		return fmt.Errorf("reading the current %s: %w", ref, err)
	}
	if kind, isComposition := artifact.Kind(artifact.Content(m)); !isComposition {
		return &ReplaceError{Ref: ref, Is: kind}
	}
	return nil
}

// A lookedUp is the result of looking up a reference; the zero Hash if it
// points at nothing. Any other error appears, with a better reason, when writing.
type lookedUp func() v1.Hash

// lookup looks up a reference when the result is first needed; an empty one
// points at nothing.
func lookup(ctx context.Context, in store.Source, ref string) lookedUp {
	return sync.OnceValue(func() v1.Hash {
		if ref == "" {
			return v1.Hash{}
		}
		there, err := in.Lookup(ctx, ref)
		if err != nil {
			return v1.Hash{}
		}
		return there.Digest
	})
}
