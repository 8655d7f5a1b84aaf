package artifact

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/compose"
)

// Bounds of what is read into memory, in bytes.
const (
	fileLimit  = 16 << 20
	filesLimit = 64 << 20
)

// Fetch reads the package that ref points at: its root and the manifests of all
// its compositions, each verified against its digest. It returns a
// [NotCompositionError] for anything else.
func (r *Remote) Fetch(ctx context.Context, ref name.Reference) (*Stored, error) {
	stored, err := r.fetchRoot(ctx, ref)
	if err != nil || !stored.IsIndex() {
		return stored, err
	}
	group, gctx := errgroup.WithContext(ctx)
	for i := range stored.Compositions {
		group.Go(func() error { return r.fetchComposition(gctx, stored.Repository, &stored.Compositions[i]) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return stored, nil
}

// fetchRoot reads a package's root. The compositions of an index have
// descriptors only.
func (r *Remote) fetchRoot(ctx context.Context, ref name.Reference) (*Stored, error) {
	root, err := r.client.GetManifest(ctx, ref)
	if err != nil {
		return nil, err
	}
	if root.Descriptor.MediaType.IsIndex() {
		return parseStoredIndex(ref, Content(root))
	}
	return parseStoredManifest(ref, Content(root))
}

// fetchComposition reads the manifest of a composition whose descriptor is known.
func (r *Remote) fetchComposition(ctx context.Context, repo name.Repository, c *StoredComposition) error {
	ref := byDigest(repo, c.Content)
	manifest, err := r.client.GetManifest(ctx, ref)
	if err != nil {
		return fmt.Errorf("reading composition %s: %w", ReferenceName(ref), err)
	}
	c.Bytes = manifest.Bytes
	c.Manifest, err = parseManifest(ref, Content(manifest))
	return err
}

// Files reads the files of a composition that Docker Compose sees, in the order
// of their layers, each verified against its digest. Extra files, which may be
// large, are left out.
func (r *Remote) Files(ctx context.Context, repo name.Repository, c StoredComposition) ([]compose.File, error) {
	layers, err := c.Layers()
	if err != nil {
		return nil, err
	}
	var chosen []Layer
	var total int64
	for _, l := range layers {
		if l.File.Kind == compose.ExtraFile {
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
			content, err := r.client.ReadBlob(ctx, repo, l.Descriptor, fileLimit)
			if err != nil {
				return fmt.Errorf("reading file %q: %w", l.File.Name, err)
			}
			files[i] = l.File
			files[i].Content = content
			return nil
		})
	}
	return files, group.Wait()
}
