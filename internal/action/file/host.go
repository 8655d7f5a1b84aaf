package file

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/follow"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/store"
)

// A Hosted is a package of a file in the registry that serves the file.
type Hosted struct {
	publish.Pushed
	// Source is the digest of the package in the file.
	Source v1.Hash
}

// Host writes the packages of a file into a registry that already has the file's blobs, so that
// it serves the file. Each package keeps its repository and tag, and its tag points at a copy
// with references to that registry; its original digest stays available. Images keep their names.
//
// It returns the packages. A file without a composition is an error.
func Host(ctx context.Context, s *session.Session, file store.Store, registry name.Registry) ([]Hosted, error) {
	layout, ok := file.(store.Listing)
	if !ok {
		return nil, fmt.Errorf("%s is not a file", file.Name())
	}
	entries, err := layout.Entries()
	if err != nil {
		return nil, err
	}
	var hosted []Hosted
	for _, d := range entries {
		m, err := file.Read(ctx, d.Digest.String())
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", session.DigestName(file, d.Digest), err)
		}
		_, isComposition := artifact.Kind(artifact.Content(m))
		switch {
		case isComposition:
			pushed, err := hostPackage(ctx, s, file, d, registry)
			if err != nil {
				return nil, err
			}
			hosted = append(hosted, Hosted{Pushed: pushed, Source: d.Digest})
		case d.Annotations[artifact.AnnotationImageRef] != "":
			if err := hostImage(ctx, s, file, d, registry); err != nil {
				return nil, err
			}
		}
	}
	if len(hosted) == 0 {
		return nil, fmt.Errorf("%s has no composition", file.Name())
	}
	return hosted, nil
}

// hostPackage writes one package.
func hostPackage(ctx context.Context, s *session.Session, file store.Store, d v1.Descriptor, registry name.Registry) (publish.Pushed, error) {
	path, tag := hostedName(file, d)
	target := s.Registry(registry.Repo(path))
	// Unchanged, with its referrers.
	if err := s.Copier.Copy(ctx, file, session.Identity(d), target); err != nil {
		return publish.Pushed{}, err
	}
	p, err := s.Fetch(ctx, session.Location{Store: file, Ref: d.Digest.String()})
	if err != nil {
		return publish.Pushed{}, err
	}
	found, err := follow.Followers(ctx, s, file, follow.SubjectsOf(p), follow.Following{})
	if err != nil {
		return publish.Pushed{}, err
	}
	if err := publish.NewPublisher(ctx, s, target, publish.PushOptions{}).CopyReferrers(ctx, found); err != nil {
		return publish.Pushed{}, err
	}
	return Load(ctx, s, session.Location{Store: file, Ref: d.Digest.String()}, target, LoadOptions{PushOptions: publish.PushOptions{Tag: tag, Following: follow.Following{None: true}}})
}

// hostImage writes an image under its own name.
func hostImage(ctx context.Context, s *session.Session, file store.Store, d v1.Descriptor, registry name.Registry) error {
	ref, err := artifact.ParseReference(d.Annotations[artifact.AnnotationImageRef])
	if err != nil {
		return nil // it can be found from the package
	}
	target := s.Registry(registry.Repo(ref.Context().RepositoryStr()))
	if err := s.Copier.Copy(ctx, file, session.Identity(d), target); err != nil {
		return err
	}
	if tag, ok := ref.(name.Tag); ok {
		m, err := s.Copier.Manifest(ctx, file, session.Identity(d))
		if err != nil {
			return err
		}
		return target.Write(ctx, m, tag.TagStr())
	}
	return nil
}
