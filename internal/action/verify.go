package action

import (
	"context"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

// An IncompleteError tells that a package lacks something that it needs.
type IncompleteError struct {
	Reference string
	Problems  int
}

func (e *IncompleteError) Error() string {
	if e.Problems == 1 {
		return e.Reference + " is incomplete: 1 problem"
	}
	return fmt.Sprintf("%s is incomplete: %d problems", e.Reference, e.Problems)
}

// Verify checks that all that a package needs is there: every composition and
// its files, read and compared with their digests; every manifest of every image
// that a place runs, read; and every config and layer of those, asked for. Each
// is asked for once. Every place must be pinned, and a bundle's to images in its
// own index.
//
// What is missing or damaged is in the Verification; an error is that something
// could not be checked.
func (s *Session) Verify(ctx context.Context, at Location) (*report.Verification, error) {
	p, err := s.fetchRoot(ctx, at)
	if err != nil {
		return nil, err
	}
	v := newVerifier(s, at.Store, p)
	images, ictx := errgroup.WithContext(ctx)
	for _, d := range p.Images {
		images.Go(func() error { return v.manifest(ictx, at.Store, d, sourceOf(at, d)) })
	}
	if subject := p.Subject; subject != nil {
		who := "subject of " + digestName(at.Store, p.Digest())
		images.Go(func() error { return v.manifest(ictx, at.Store, *subject, who) })
	}
	if err := images.Wait(); err != nil {
		return nil, err
	}
	v.seal()
	compositions, cctx := errgroup.WithContext(ctx)
	for _, c := range p.Compositions {
		compositions.Go(func() error { return v.composition(cctx, c) })
	}
	if err := compositions.Wait(); err != nil {
		return nil, err
	}
	return v.result(), nil
}

// sourceOf names a bundled image by where it came from.
func sourceOf(at Location, d v1.Descriptor) string {
	if ref := d.Annotations[artifact.AnnotationImageRef]; ref != "" {
		return ref
	}
	return digestName(at.Store, d.Digest)
}

// composition checks a composition's files, its config and its pins.
func (v *verifier) composition(ctx context.Context, c artifact.Composition) error {
	who := "composition " + digestName(v.store, c.Descriptor.Digest)
	if v.root.IsIndex() {
		v.count(&v.manifests)
		read, err := v.session.fetchComposition(ctx, v.store, c)
		reason, err := damage(ctx, err)
		if err != nil {
			return err
		}
		if reason != "" {
			v.problem(c.Descriptor, v.store, "manifest", reason, digestName(v.store, v.root.Digest()))
			return nil
		}
		c = read
	}
	layers, err := c.Layers()
	if err != nil {
		v.problem(c.Descriptor, v.store, "manifest", err.Error(), who)
		return nil
	}
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() error { return v.blob(gctx, v.store, c.Manifest.Config, "config", who) })
	intact := make([]bool, len(layers))
	for i, l := range layers {
		group.Go(func() (err error) {
			intact[i], err = v.file(gctx, l, who)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, l := range layers {
		if l.File.Kind != compose.ExtraFile && !intact[i] {
			return nil // the pins can't be read
		}
	}
	project, err := v.session.Open(ctx, v.store, c)
	if err != nil {
		v.problem(c.Descriptor, v.store, "manifest", err.Error(), who)
		return nil
	}
	pins, ctx := errgroup.WithContext(ctx)
	for _, place := range project.Images {
		pins.Go(func() error { return v.pin(ctx, place) })
	}
	return pins.Wait()
}

// file reads a file of a composition and tells whether it is as described.
func (v *verifier) file(ctx context.Context, l artifact.Layer, who string) (bool, error) {
	err := v.once(v.store, l.Descriptor.Digest, func() error {
		v.count(&v.blobs)
		content, err := v.store.OpenBlob(ctx, l.Descriptor)
		if err == nil {
			_, err = io.Copy(io.Discard, content)
			content.Close()
		}
		reason, err := damage(ctx, err)
		if reason != "" {
			v.broken(l.Descriptor.Digest)
			v.problem(l.Descriptor, v.store, "file", fmt.Sprintf("%s (%s)", reason, l.File.Name), who)
		}
		return err
	})
	return !v.isBroken(l.Descriptor.Digest), err
}

// pin checks that a place is pinned, and all of the image that it is pinned to.
func (v *verifier) pin(ctx context.Context, place compose.Image) error {
	ref, err := artifact.ParseReference(place.Ref)
	digest, isDigest := ref.(name.Digest)
	if err != nil || !isDigest {
		v.add(report.Problem{Reference: place.Ref, Kind: "pin", Reason: "not pinned to a digest", NeededBy: place.Path})
		return nil
	}
	hash, err := v1.NewHash(digest.DigestStr())
	if err != nil {
		v.add(report.Problem{Reference: place.Ref, Kind: "pin", Reason: err.Error(), NeededBy: place.Path})
		return nil
	}
	in := store.Source(v.session.Registry(digest.Context()))
	if v.root.Mode == artifact.Bundled {
		switch {
		case v.isRegistry() && in.Name() != v.store.Name():
			v.add(report.Problem{Reference: place.Ref, Kind: "pin", Reason: "outside of the bundle's repository " + v.store.Name(), NeededBy: place.Path})
			return nil
		case !v.isListed(hash) && v.root.IsIndex():
			v.add(report.Problem{Reference: place.Ref, Kind: "pin", Reason: "not among the images of the bundle's index", NeededBy: place.Path})
		}
		in = v.store // in a layout, the files name the repository that the package was in
	}
	return v.manifest(ctx, in, v1.Descriptor{Digest: hash}, place.Ref)
}
