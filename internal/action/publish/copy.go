package publish

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/follow"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/store"
)

// CopyOptions configure a copy.
type CopyOptions struct {
	PushOptions
	// Bundle copies the images too and points the Compose files at them.
	Bundle bool
	// Platforms, if any, are the only ones that are copied.
	Platforms []v1.Platform
	// Flat lists the manifests of images in the index, instead of their indexes.
	Flat bool
	// As is the target's name where the application runs; nil for the target's own.
	As *name.Repository
}

// Copy copies a package to another store. Without a tag, it is tagged "latest" there,
// unless it is attached to an image in a registry.
//
// A loose package keeps every digest, unless it is bundled by the copy. A bundle is copied with
// its images and points at the copies; an attached package is copied with its subject and points
// at that. These compositions have new digests, but the images keep theirs. With Platforms,
// content for other platforms is omitted.
func Copy(ctx context.Context, s *session.Session, src session.Location, target store.Target, options CopyOptions) (Pushed, error) {
	read, err := s.Fetch(ctx, src)
	if err != nil {
		return Pushed{}, err
	}
	if read.Format() == artifact.MargoFormat && (options.Bundle || len(options.Platforms) > 0) {
		_, err := read.Relocate(artifact.Relocation{Bundle: options.Bundle, Platforms: options.Platforms})
		return Pushed{}, fmt.Errorf("copying %s to %s: %w", src, target.Name(), err)
	}
	for _, tag := range append([]string{options.Tag, options.PortableTag}, options.AlsoTags...) {
		if err := read.CheckTag(tag); err != nil {
			return Pushed{}, fmt.Errorf("copying %s to %s: %w", src, target.Name(), err)
		}
	}
	// In a registry, an attached package is found from its image.
	_, isRegistry := target.(*store.Registry)
	if options.Tag == "" && (read.Subject == nil || !isRegistry) {
		options.Tag = name.DefaultTag
	}
	p := NewPublisher(ctx, s, target, options.PushOptions)
	p.from = src.Store
	p.stays = new([]follow.Follower)
	if !options.Following.None {
		p.own = sync.OnceValues(func() ([]follow.Follower, error) {
			return follow.Followers(ctx, s, src.Store, follow.SubjectsOf(read), options.Following)
		})
		go func() { _, _ = p.own() }() // while the package is built
	}
	m := Moving{Session: s, Src: src, Read: read, Publisher: p, bundle: options.Bundle || read.Mode == artifact.Bundled, platforms: options.Platforms, flat: options.Flat, as: options.As}
	built, spec, err := m.run(ctx)
	fallback := err != nil && m.legacyOnly(ctx, err)
	if fallback {
		built, spec, err = m.legacy(ctx, err)
	}
	if err != nil {
		return Pushed{}, fmt.Errorf("copying %s to %s: %w", src, target.Name(), err)
	}
	fellBack := len(built.Indexes) > 0 && len(read.Indexes) == 0 && !options.Flat
	return Pushed{Package: built, Spec: spec, Store: target, Tag: options.Tag, Options: options.PushOptions, Flat: fellBack, Fallback: fallback, LeftBehind: follow.NotCopied(src, read, *p.stays)}, nil
}

// A Moving is one package that is copied to another store.
type Moving struct {
	Publisher
	Session   *session.Session
	Src       session.Location
	Read      *artifact.Package
	bundle    bool
	platforms []v1.Platform
	flat      bool
	as        *name.Repository
}

// run copies the package.
func (m Moving) run(ctx context.Context) (*artifact.Package, artifact.Spec, error) {
	to, isRegistry := m.target.(*store.Registry)
	if len(m.platforms) == 0 && !m.flat && m.as == nil && !m.Read.Stripped && (!isRegistry || !m.bundle && m.Read.Subject == nil) {
		return m.verbatim(ctx)
	}
	r := artifact.Relocation{Bundle: m.bundle, Platforms: m.platforms, Flat: m.flat}
	if isRegistry {
		r.Repository = to.Repository()
	}
	if m.as != nil {
		r.Repository, r.As = *m.as, true
	}
	if err := m.prepare(ctx, &r); err != nil {
		return nil, artifact.Spec{}, err
	}
	if m.bundle && r.Repository.RepositoryStr() != "" {
		var err error
		if r.Included, err = m.Session.BundleAllIncluded(ctx, m.Src.Store, r.Projects, r.Repository); err != nil {
			return nil, artifact.Spec{}, err
		}
	}
	built, spec, err := m.relocate(ctx, r)
	if !m.flatHelps(ctx, err, spec) {
		return built, spec, err
	}
	r.Flat = true
	if readErr := m.readListed(ctx, &r); readErr != nil {
		return built, spec, readErr
	}
	flat, flatSpec, flatErr := m.relocate(ctx, r)
	if flatErr != nil {
		return built, spec, err
	}
	return flat, flatSpec, nil
}

// relocate builds the package for its target and writes it.
func (m Moving) relocate(ctx context.Context, r artifact.Relocation) (*artifact.Package, artifact.Spec, error) {
	m.session.Plans.Add(1)
	spec, err := m.Read.Relocate(r)
	if err != nil {
		return nil, spec, err
	}
	built, err := m.buildAndWrite(ctx, spec)
	return built, spec, err
}

// verbatim copies the package unchanged, with the images that are in its repository.
func (m Moving) verbatim(ctx context.Context) (*artifact.Package, artifact.Spec, error) {
	if err := m.authorize(ctx); err != nil {
		return nil, artifact.Spec{}, err
	}
	spec := m.Read.Verbatim()
	return m.Read, spec, m.write(ctx, m.Read, spec, m.imageCopy(ctx, spec))
}

// legacy copies the part of a rejected package that an OCI 1.0 registry accepts: the portable
// or only composition of a loose package, as one manifest. Anything else is [artifact.ErrLegacy].
func (m Moving) legacy(ctx context.Context, refusal error) (*artifact.Package, artifact.Spec, error) {
	composition, ok := m.Read.Portable()
	if len(m.Read.Compositions) == 1 {
		composition, ok = m.Read.Compositions[0], true
	}
	if m.bundle || m.Read.Subject != nil || len(m.platforms) > 0 || !ok {
		return nil, artifact.Spec{}, fmt.Errorf("%w: %w", artifact.ErrLegacy, refusal)
	}
	manifest, err := m.Session.Copier.Manifest(ctx, m.Src.Store, composition.Descriptor)
	if err != nil {
		return nil, artifact.Spec{}, err
	}
	twin, ok := artifact.LegacyTwin(artifact.Content(manifest))
	if !ok {
		return nil, artifact.Spec{}, refusal
	}
	built, err := artifact.Parse(session.DigestName(m.Src.Store, composition.Descriptor.Digest), twin)
	if err != nil {
		return nil, artifact.Spec{}, err
	}
	spec := built.Verbatim()
	return built, spec, m.write(ctx, built, spec, func() error { return nil })
}

// prepare reads the input of relocate: the projects, the subject, and the images that are
// bundled by the copy, or copied for some platforms only.
func (m Moving) prepare(ctx context.Context, r *artifact.Relocation) error {
	if err := m.ReadProjects(ctx, r); err != nil {
		return err
	}
	if m.Read.Mode == artifact.Loose && (m.bundle || m.Read.Derives(m.platforms)) {
		return m.resolve(ctx, r)
	}
	if err := m.authorize(ctx); err != nil || len(m.platforms) == 0 && !m.flat {
		return err
	}
	return m.readListed(ctx, r)
}

// resolve resolves the images in other repositories.
func (m Moving) resolve(ctx context.Context, r *artifact.Relocation) (err error) {
	r.Images, err = session.Resolver{Session: m.Session, Target: m.target, First: m.Src.Store}.ByReference(ctx, r.Elsewhere(m.Read))
	return err
}

// ReadProjects reads the projects of the compositions that are kept, and the subject.
func (m Moving) ReadProjects(ctx context.Context, r *artifact.Relocation) error {
	kept, err := m.Read.Kept(m.platforms)
	if err != nil {
		return err
	}
	r.Projects = make([]*compose.Project, len(m.Read.Compositions))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(session.FetchLimit)
	for _, i := range kept {
		group.Go(func() (err error) {
			r.Projects[i], err = m.Session.Open(gctx, m.Src.Store, m.Read.Compositions[i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if s := m.Read.Subject; s != nil {
		if r.Subject, err = m.Session.ReadImage(ctx, m.Src.Store, s.Digest.String()); err != nil {
			return fmt.Errorf("reading the subject %s: %w", session.DigestName(m.Src.Store, s.Digest), err)
		}
	}
	return nil
}

// readListed reads the images that the package's index lists.
func (m Moving) readListed(ctx context.Context, r *artifact.Relocation) error {
	listed := slices.Concat(m.Read.Images, m.Read.Indexes)
	r.Listed = make([]*artifact.Image, len(listed))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(m.Session.AtOnce())
	for i, d := range listed {
		group.Go(func() (err error) {
			if r.Listed[i], err = m.Session.ReadImage(gctx, m.Src.Store, d.Digest.String()); err != nil {
				return fmt.Errorf("reading %s: %w", session.DigestName(m.Src.Store, d.Digest), err)
			}
			r.Listed[i].Origin = session.SourceOf(m.Src, d)
			return nil
		})
	}
	return group.Wait()
}

// authorize requests all permissions of the copy at once.
func (m Moving) authorize(ctx context.Context) error {
	to, ok := m.target.(*store.Registry)
	if !ok {
		return nil
	}
	var sources []name.Repository
	if from, ok := m.Src.Store.(*store.Registry); ok {
		sources = append(sources, from.Repository())
	}
	return m.Session.AskToPush(ctx, sources, to.Repository())
}
