package session

import (
	"context"
	"fmt"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/store"
)

// extraLimit is the maximum size in bytes of an extra file that is read into memory.
const extraLimit = 1 << 20

// FetchLimit is the maximum number of compositions that are read concurrently.
const FetchLimit = 4

// Fetch reads the package at a location: its root and the manifests of all its compositions, each
// verified against its digest. It returns an [artifact.NotCompositionError] for anything else.
func (s *Session) Fetch(ctx context.Context, at Location) (*artifact.Package, error) {
	p, err := s.FetchRoot(ctx, at)
	if err != nil {
		return nil, err
	}
	if !p.IsIndex() {
		p.Compositions[0], err = s.OpenArchive(ctx, at.Store, p.Compositions[0])
		return p, err
	}
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(FetchLimit)
	for i, c := range p.Compositions {
		group.Go(func() (err error) {
			p.Compositions[i], err = s.FetchComposition(gctx, at.Store, c)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return p, nil
}

// FetchFor reads the package at a location, and only the composition that
// choose selects.
func (s *Session) FetchFor(ctx context.Context, at Location, choose func(*artifact.Package) (artifact.Composition, error)) (*artifact.Package, artifact.Composition, error) {
	p, err := s.FetchRoot(ctx, at)
	if err != nil {
		return nil, artifact.Composition{}, err
	}
	c, err := choose(p)
	if err == nil && p.IsIndex() {
		c, err = s.FetchComposition(ctx, at.Store, c)
	}
	if err == nil {
		c, err = s.OpenArchive(ctx, at.Store, c)
	}
	return p, c, err
}

// OpenArchive reads the archive of a Margo package. Any other composition is returned
// unchanged.
func (s *Session) OpenArchive(ctx context.Context, from store.Source, c artifact.Composition) (artifact.Composition, error) {
	d, ok, err := c.Archive()
	if err != nil || !ok {
		return c, err
	}
	content, err := s.ReadFile(ctx, from, d)
	if err != nil {
		return c, fmt.Errorf("reading the archive of composition %s: %w", DigestName(from, c.Descriptor.Digest), err)
	}
	return c.Open(content)
}

// FetchRoot reads a package's root. The compositions of an index have descriptors only.
func (s *Session) FetchRoot(ctx context.Context, at Location) (*artifact.Package, error) {
	return s.readRoot(ctx, at.Store, at.Ref)
}

func (s *Session) readRoot(ctx context.Context, in store.Source, ref string) (*artifact.Package, error) {
	root, err := s.Budget.Read(ctx, in, ref, 0)
	if err != nil {
		return nil, err
	}
	return artifact.Parse(RefName(in, ref), artifact.Content(root))
}

// FetchComposition reads the manifest of a composition whose descriptor is known.
func (s *Session) FetchComposition(ctx context.Context, from store.Source, c artifact.Composition) (artifact.Composition, error) {
	name := DigestName(from, c.Descriptor.Digest)
	manifest, err := s.readListed(ctx, from, c.Descriptor)
	if err != nil {
		return c, fmt.Errorf("reading composition %s: %w", name, err)
	}
	if c, err = c.Read(name, artifact.Content(manifest)); err != nil {
		return c, err
	}
	if err := s.Budget.TakeBlobs(len(c.Manifest.Layers)); err != nil {
		return c, fmt.Errorf("reading composition %s: %w", name, err)
	}
	return c, nil
}

// readListed reads a manifest that an index lists.
func (s *Session) readListed(ctx context.Context, from store.Source, d v1.Descriptor) (store.Manifest, error) {
	return s.Budget.Read(ctx, from, d.Digest.String(), d.Size)
}

// files reads the files of a composition that Docker Compose uses, in the order of their layers,
// each verified against its digest. On request it also reads extra files that are small enough to
// be part of the project.
func (s *Session) files(ctx context.Context, from store.Source, c artifact.Composition, extra bool) ([]compose.File, error) {
	layers, err := c.Layers()
	if err != nil {
		return nil, err
	}
	chosen := slices.DeleteFunc(layers, func(l artifact.Layer) bool {
		return l.File.Kind == compose.ExtraFile && (!extra || l.Descriptor.Size > extraLimit)
	})
	files := make([]compose.File, len(chosen))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.Client.Jobs())
	for i, l := range chosen {
		group.Go(func() error {
			files[i] = l.File
			if l.InMemory {
				return nil
			}
			content, err := s.ReadFile(ctx, from, l.Descriptor)
			if err != nil {
				return fmt.Errorf("reading file %q of composition %s: %w", l.File.Name, c.Descriptor.Digest, err)
			}
			files[i].Content = content
			return nil
		})
	}
	return files, group.Wait()
}

// counted is a source that keeps the files it has read, so that they count once against
// [limits.Files].
type counted interface{ FilesAreCounted() }

// ReadFile reads a file of a composition into memory. The total size of the files that a command
// reads is limited.
func (s *Session) ReadFile(ctx context.Context, from store.Source, d v1.Descriptor) ([]byte, error) {
	if d.Size > limits.File {
		return nil, &limits.Error{What: "bytes", Limit: limits.File}
	}
	if _, isCounted := from.(counted); !isCounted && s.filesRead.Add(max(d.Size, 0)) > limits.Files {
		return nil, &limits.Error{What: "bytes of Compose files", Limit: limits.Files}
	}
	content, err := from.OpenBlob(ctx, d)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content) // it ends at the descriptor's size
}

// Open reads a composition's project. Files that Docker Compose does not use are rarely needed,
// so they are read only if necessary.
func (s *Session) Open(ctx context.Context, from store.Source, c artifact.Composition) (*compose.Project, error) {
	files, err := s.files(ctx, from, c, false)
	if err != nil {
		return nil, err
	}
	fetch := s.FetchIncluded(localTo(from, c))
	project, err := compose.Open(ctx, files, fetch)
	if err != nil && hasExtra(c) {
		if files, err = s.files(ctx, from, c, true); err != nil {
			return nil, err
		}
		project, err = compose.Open(ctx, files, fetch)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the files of composition %s: %w", DigestName(from, c.Descriptor.Digest), err)
	}
	return project, nil
}

// hasExtra reports whether a composition has files that Docker Compose ignores.
func hasExtra(c artifact.Composition) bool {
	layers, err := c.Layers()
	return err == nil && slices.ContainsFunc(layers, func(l artifact.Layer) bool { return l.File.Kind == compose.ExtraFile })
}
