package action

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
	"github.com/ocompose/ocompose/internal/store"
)

// CopyOptions say what a copy leaves at its destination.
type CopyOptions struct {
	PushOptions
	// Bundle copies the images too and points the compose files at them.
	Bundle bool
	// Platforms, if any, are the only ones that are copied.
	Platforms []v1.Platform
	// Flat lists the manifests of images in the index, in the place of their indexes.
	Flat bool
	// As is the name of the target that the place of use knows; nil for the target's own.
	As *name.Repository
}

// Copy copies a package to another store. Without a tag, it is tagged "latest" there,
// unless it is attached to an image in a registry.
//
// A loose package keeps every digest, unless it is bundled on the way. A bundled one brings
// its images and is pointed at them; an attached one brings its subject and is pointed at
// that. Then the compositions have new digests, the images have not. Of some platforms, it is
// a package without what others need.
func (s *Session) Copy(ctx context.Context, src Location, target store.Target, options CopyOptions) (Pushed, error) {
	read, err := s.Fetch(ctx, src)
	if err != nil {
		return Pushed{}, err
	}
	if read.Format() == artifact.MargoFormat && (options.Bundle || len(options.Platforms) > 0) {
		_, err := read.Relocate(artifact.Relocation{Bundle: options.Bundle, Platforms: options.Platforms})
		return Pushed{}, fmt.Errorf("copying %s to %s: %w", src, target.Name(), err)
	}
	if err := read.CheckTag(options.Tag); err != nil {
		return Pushed{}, fmt.Errorf("copying %s to %s: %w", src, target.Name(), err)
	}
	// In a registry, what is attached is found from its image.
	_, isRegistry := target.(*store.Registry)
	if options.Tag == "" && (read.Subject == nil || !isRegistry) {
		options.Tag = name.DefaultTag
	}
	p := newPublisher(ctx, s, target, options.PushOptions)
	p.from = src.Store
	p.stays = new([]follower)
	if !options.Following.None {
		p.own = sync.OnceValues(func() ([]follower, error) {
			return s.followers(ctx, src.Store, subjectsOf(read), options.Following)
		})
		go func() { _, _ = p.own() }() // while the package is built
	}
	m := moving{session: s, src: src, read: read, publisher: p, bundle: options.Bundle || read.Mode == artifact.Bundled, platforms: options.Platforms, flat: options.Flat, as: options.As}
	built, spec, err := m.run(ctx)
	fallback := err != nil && m.legacyOnly(ctx, err)
	if fallback {
		built, spec, err = m.legacy(ctx, err)
	}
	if err != nil {
		return Pushed{}, fmt.Errorf("copying %s to %s: %w", src, target.Name(), err)
	}
	fellBack := len(built.Indexes) > 0 && len(read.Indexes) == 0 && !options.Flat
	return Pushed{Package: built, Spec: spec, Store: target, Tag: options.Tag, Options: options.PushOptions, Flat: fellBack, Fallback: fallback, LeftBehind: leftBehind(src, read, *p.stays)}, nil
}

// A moving is one package on its way to another store.
type moving struct {
	publisher
	session   *Session
	src       Location
	read      *artifact.Package
	bundle    bool
	platforms []v1.Platform
	flat      bool
	as        *name.Repository
}

// run copies the package.
func (m moving) run(ctx context.Context) (*artifact.Package, artifact.Spec, error) {
	to, isRegistry := m.target.(*store.Registry)
	if len(m.platforms) == 0 && !m.flat && m.as == nil && !m.read.Stripped && (!isRegistry || !m.bundle && m.read.Subject == nil) {
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
		if r.Included, err = m.session.bundleAllIncluded(ctx, m.src.Store, r.Projects, r.Repository); err != nil {
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

// relocate builds the package for where it goes and writes it.
func (m moving) relocate(ctx context.Context, r artifact.Relocation) (*artifact.Package, artifact.Spec, error) {
	spec, err := m.session.relocated(m.read, r)
	if err != nil {
		return nil, spec, err
	}
	built, err := m.publish(ctx, spec)
	return built, spec, err
}

// verbatim copies the package as it is, with the images that are in its repository.
func (m moving) verbatim(ctx context.Context) (*artifact.Package, artifact.Spec, error) {
	if err := m.authorize(ctx); err != nil {
		return nil, artifact.Spec{}, err
	}
	spec := m.read.Verbatim()
	return m.read, spec, m.write(ctx, m.read, spec, m.images(ctx, spec))
}

// legacy copies what a registry of OCI 1.0 takes of a package that it refused: the portable
// or only composition of a loose package, as one manifest. Anything else is [artifact.ErrLegacy].
func (m moving) legacy(ctx context.Context, refusal error) (*artifact.Package, artifact.Spec, error) {
	composition, ok := m.read.Portable()
	if len(m.read.Compositions) == 1 {
		composition, ok = m.read.Compositions[0], true
	}
	if m.bundle || m.read.Subject != nil || len(m.platforms) > 0 || !ok {
		return nil, artifact.Spec{}, fmt.Errorf("%w: %w", artifact.ErrLegacy, refusal)
	}
	manifest, err := m.session.copier.Manifest(ctx, m.src.Store, composition.Descriptor)
	if err != nil {
		return nil, artifact.Spec{}, err
	}
	twin, ok := artifact.LegacyTwin(artifact.Content(manifest))
	if !ok {
		return nil, artifact.Spec{}, refusal
	}
	built, err := artifact.Parse(digestName(m.src.Store, composition.Descriptor.Digest), twin)
	if err != nil {
		return nil, artifact.Spec{}, err
	}
	spec := built.Verbatim()
	return built, spec, m.write(ctx, built, spec, func() error { return nil })
}

// prepare reads what relocating needs: the projects, the subject, and the images that are
// bundled on the way, or of which only some platforms go along.
func (m moving) prepare(ctx context.Context, r *artifact.Relocation) error {
	if err := m.readProjects(ctx, r); err != nil {
		return err
	}
	if m.read.Mode == artifact.Loose && (m.bundle || m.read.Derives(m.platforms)) {
		return m.resolve(ctx, r)
	}
	if err := m.authorize(ctx); err != nil || len(m.platforms) == 0 && !m.flat {
		return err
	}
	return m.readListed(ctx, r)
}

// resolve resolves the images that are elsewhere.
func (m moving) resolve(ctx context.Context, r *artifact.Relocation) (err error) {
	r.Images, err = resolver{session: m.session, target: m.target, first: m.src.Store}.byReference(ctx, r.Elsewhere(m.read))
	return err
}

// readProjects reads the projects of the compositions that are kept, and the subject.
func (m moving) readProjects(ctx context.Context, r *artifact.Relocation) error {
	kept, err := m.read.Kept(m.platforms)
	if err != nil {
		return err
	}
	r.Projects = make([]*compose.Project, len(m.read.Compositions))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchLimit)
	for _, i := range kept {
		group.Go(func() (err error) {
			r.Projects[i], err = m.session.Open(gctx, m.src.Store, m.read.Compositions[i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if s := m.read.Subject; s != nil {
		if r.Subject, err = m.session.readImage(ctx, m.src.Store, s.Digest.String()); err != nil {
			return fmt.Errorf("reading the subject %s: %w", digestName(m.src.Store, s.Digest), err)
		}
	}
	return nil
}

// readListed reads the images that the package's index lists.
func (m moving) readListed(ctx context.Context, r *artifact.Relocation) error {
	listed := slices.Concat(m.read.Images, m.read.Indexes)
	r.Listed = make([]*artifact.Image, len(listed))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(m.session.atOnce())
	for i, d := range listed {
		group.Go(func() (err error) {
			if r.Listed[i], err = m.session.readImage(gctx, m.src.Store, d.Digest.String()); err != nil {
				return fmt.Errorf("reading %s: %w", digestName(m.src.Store, d.Digest), err)
			}
			r.Listed[i].Origin = sourceOf(m.src, d)
			return nil
		})
	}
	return group.Wait()
}

// authorize requests what the copy needs at once.
func (m moving) authorize(ctx context.Context) error {
	to, ok := m.target.(*store.Registry)
	if !ok {
		return nil
	}
	var sources []name.Repository
	if from, ok := m.src.Store.(*store.Registry); ok {
		sources = append(sources, from.Repository())
	}
	return m.session.askToPush(ctx, sources, to.Repository())
}
