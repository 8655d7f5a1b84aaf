package action

import (
	"context"
	"fmt"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/store"
)

// Bounds of what is read into memory, in bytes.
const (
	fileLimit  = 16 << 20
	filesLimit = 64 << 20
	extraLimit = 1 << 20
)

// fetchLimit is how many compositions are read at a time.
const fetchLimit = 8

// Fetch reads the package at a location: its root and the manifests of all its
// compositions, each verified against its digest. It returns a
// [artifact.NotCompositionError] for anything else.
func (s *Session) Fetch(ctx context.Context, at Location) (*artifact.Package, error) {
	p, err := s.fetchRoot(ctx, at)
	if err != nil {
		return nil, err
	}
	if !p.IsIndex() {
		p.Compositions[0], err = s.openArchive(ctx, at.Store, p.Compositions[0])
		return p, err
	}
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchLimit)
	for i, c := range p.Compositions {
		group.Go(func() (err error) {
			p.Compositions[i], err = s.fetchComposition(gctx, at.Store, c)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return p, nil
}

// FetchFor reads the package at a location, and of its compositions only the one that
// choose chooses.
func (s *Session) FetchFor(ctx context.Context, at Location, choose func(*artifact.Package) (artifact.Composition, error)) (*artifact.Package, artifact.Composition, error) {
	p, err := s.fetchRoot(ctx, at)
	if err != nil {
		return nil, artifact.Composition{}, err
	}
	c, err := choose(p)
	if err == nil && p.IsIndex() {
		c, err = s.fetchComposition(ctx, at.Store, c)
	}
	if err == nil {
		c, err = s.openArchive(ctx, at.Store, c)
	}
	return p, c, err
}

// openArchive reads the archive of a Margo package. Any other composition is returned as it
// is.
func (s *Session) openArchive(ctx context.Context, from store.Source, c artifact.Composition) (artifact.Composition, error) {
	d, ok, err := c.Archive()
	if err != nil || !ok {
		return c, err
	}
	content, err := readBlob(ctx, from, d)
	if err != nil {
		return c, fmt.Errorf("reading the archive of composition %s: %w", digestName(from, c.Descriptor.Digest), err)
	}
	return c.Open(content)
}

// fetchRoot reads a package's root. The compositions of an index have descriptors only.
func (s *Session) fetchRoot(ctx context.Context, at Location) (*artifact.Package, error) {
	root, err := at.Store.Read(ctx, at.Ref)
	if err != nil {
		return nil, err
	}
	return artifact.Parse(at.String(), artifact.Content(root))
}

// fetchComposition reads the manifest of a composition whose descriptor is known.
func (s *Session) fetchComposition(ctx context.Context, from store.Source, c artifact.Composition) (artifact.Composition, error) {
	digest := c.Descriptor.Digest
	manifest, err := from.Read(ctx, digest.String())
	if err != nil {
		return c, fmt.Errorf("reading composition %s: %w", digestName(from, digest), err)
	}
	return c.Read(digestName(from, digest), artifact.Content(manifest))
}

// files reads the files of a composition that Docker Compose sees, in the order of their
// layers, each verified against its digest. Extra files are read on request: those that are
// not too large to be a part of the project.
func (s *Session) files(ctx context.Context, from store.Source, c artifact.Composition, extra bool) ([]compose.File, error) {
	layers, err := c.Layers()
	if err != nil {
		return nil, err
	}
	var chosen []artifact.Layer
	var total int64
	for _, l := range layers {
		if l.File.Kind == compose.ExtraFile && (!extra || l.Descriptor.Size > extraLimit || total+l.Descriptor.Size > filesLimit) {
			continue
		}
		if total += l.Descriptor.Size; l.Descriptor.Size > fileLimit || total > filesLimit {
			return nil, fmt.Errorf("composition %s: file %q is too large to read: %d bytes", c.Descriptor.Digest, l.File.Name, l.Descriptor.Size)
		}
		chosen = append(chosen, l)
	}
	files := make([]compose.File, len(chosen))
	group, ctx := errgroup.WithContext(ctx)
	for i, l := range chosen {
		group.Go(func() error {
			files[i] = l.File
			if l.InMemory {
				return nil
			}
			content, err := readBlob(ctx, from, l.Descriptor)
			if err != nil {
				return fmt.Errorf("reading file %q: %w", l.File.Name, err)
			}
			files[i].Content = content
			return nil
		})
	}
	return files, group.Wait()
}

// readBlob reads a blob whose size is known to be small.
func readBlob(ctx context.Context, from store.Source, d v1.Descriptor) ([]byte, error) {
	content, err := from.OpenBlob(ctx, d)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content) // it ends at the descriptor's size
}

// Open reads a composition's project. It is seldom that files are needed which Docker Compose
// does not see, so those are read only then.
func (s *Session) Open(ctx context.Context, from store.Source, c artifact.Composition) (*compose.Project, error) {
	files, err := s.files(ctx, from, c, false)
	if err != nil {
		return nil, err
	}
	project, err := compose.Open(ctx, files)
	if err != nil && hasExtra(c) {
		if files, err = s.files(ctx, from, c, true); err != nil {
			return nil, err
		}
		project, err = compose.Open(ctx, files)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the files of composition %s: %w", digestName(from, c.Descriptor.Digest), err)
	}
	return project, nil
}

// hasExtra tells whether a composition has files that Docker Compose does not see.
func hasExtra(c artifact.Composition) bool {
	layers, err := c.Layers()
	return err == nil && slices.ContainsFunc(layers, func(l artifact.Layer) bool { return l.File.Kind == compose.ExtraFile })
}
