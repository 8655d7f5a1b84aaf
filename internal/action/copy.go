package action

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
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
}

// Copy copies a package to another store. Without a tag, it is tagged "latest" there,
// unless it is attached to an image in a registry.
//
// A loose package keeps every digest, unless it is bundled on the way. A bundled one brings
// its images and is pointed at them; an attached one brings its subject and is pointed at
// that. Then the compositions have new digests, the images have not.
func (s *Session) Copy(ctx context.Context, src Location, target store.Target, options CopyOptions) (Pushed, error) {
	read, err := s.Fetch(ctx, src)
	if err != nil {
		return Pushed{}, err
	}
	// In a registry, what is attached is found from its image.
	_, isRegistry := target.(*store.Registry)
	if options.Tag == "" && (read.Subject == nil || !isRegistry) {
		options.Tag = name.DefaultTag
	}
	p := newPublisher(ctx, s, target, options.PushOptions)
	p.from = src.Store
	move := moving{session: s, src: src, read: read, publisher: p, bundle: options.Bundle || read.Mode == artifact.Bundled}
	built, spec, err := move.run(ctx)
	if err != nil {
		return Pushed{}, fmt.Errorf("copying %s to %s: %w", src, target.Name(), err)
	}
	return Pushed{Package: built, Spec: spec, Store: target, Tag: options.Tag}, nil
}

// A moving is one package on its way to another store.
type moving struct {
	publisher
	session *Session
	src     Location
	read    *artifact.Package
	bundle  bool
}

// run copies the package.
func (m moving) run(ctx context.Context) (*artifact.Package, artifact.Spec, error) {
	to, isRegistry := m.target.(*store.Registry)
	if !isRegistry || !m.bundle && m.read.Subject == nil {
		return m.verbatim(ctx)
	}
	r := artifact.Relocation{Repository: to.Repository(), Bundle: m.bundle}
	if err := m.prepare(ctx, &r); err != nil {
		return nil, artifact.Spec{}, err
	}
	spec, err := m.read.Relocate(r)
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

// prepare reads what relocating needs: the projects, the subject, and the images that are
// bundled on the way.
func (m moving) prepare(ctx context.Context, r *artifact.Relocation) error {
	err := m.readProjects(ctx, r)
	if err != nil {
		return err
	}
	if !m.bundle || m.read.Mode == artifact.Bundled {
		return m.authorize(ctx)
	}
	r.Images, err = resolver{session: m.session, target: m.target, first: m.src.Store}.byReference(ctx, r.Elsewhere(m.read))
	return err
}

// readProjects reads the projects, and the subject.
func (m moving) readProjects(ctx context.Context, r *artifact.Relocation) (err error) {
	if r.Projects, err = m.openAll(ctx); err != nil {
		return err
	}
	if s := m.read.Subject; s != nil {
		if r.Subject, err = m.session.readImage(ctx, m.src.Store, s.Digest.String()); err != nil {
			return fmt.Errorf("reading the subject %s: %w", digestName(m.src.Store, s.Digest), err)
		}
	}
	return nil
}

// openAll reads the projects of all compositions.
func (m moving) openAll(ctx context.Context) ([]*compose.Project, error) {
	projects := make([]*compose.Project, len(m.read.Compositions))
	group, ctx := errgroup.WithContext(ctx)
	for i, c := range m.read.Compositions {
		group.Go(func() (err error) {
			projects[i], err = m.session.Open(ctx, m.src.Store, c)
			return err
		})
	}
	return projects, group.Wait()
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
