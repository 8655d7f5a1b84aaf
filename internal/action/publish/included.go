package publish

import (
	"context"
	"fmt"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/store"
)

// writeIncluded writes the compositions that a package includes, each after those that it
// includes itself.
func (p Publisher) writeIncluded(ctx context.Context, spec artifact.Spec) error {
	for _, include := range spec.Included {
		from, _ := p.session.IncludedFrom.Load(include.Composition.Descriptor.Digest)
		in, _ := from.(store.Source)
		blobs, err := include.Composition.Blobs()
		if err != nil {
			return err
		}
		for _, blob := range blobs {
			if blob.Bytes == nil && in != nil {
				err = p.session.Copier.CopyBlob(ctx, in, blob.Descriptor, p.target)
			} else {
				err = p.writeBlob(ctx, blob)
			}
			if err != nil {
				return fmt.Errorf("bundling %s: %w", include.Origin, err)
			}
		}
		if err := p.writeByDigest(ctx, include.Composition.Content(), false); err != nil {
			return fmt.Errorf("bundling %s: %w", include.Origin, err)
		}
	}
	return nil
}

// addIncluded adds the compositions that a loose package includes.
func (n *Needs) addIncluded(ctx context.Context, s *session.Session, at session.Location, projects []*compose.Project) error {
	all, err := s.IncludedRoots(ctx, at.Store, projects)
	for _, i := range all {
		n.Roots = append(n.Roots, session.Located{Descriptor: i.Root, In: i.In})
		n.Entries = append(n.Entries, session.ImageEntry(i.Root, i.Fetched.Ref))
	}
	return err
}
