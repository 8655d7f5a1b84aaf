package artifact

import (
	"context"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/compose"
)

// A Verification is what verifying a package found. Its JSON is a contract.
type Verification struct {
	// Reference is the digest reference of the package.
	Reference string `json:"reference"`
	// OK tells that there is no problem.
	OK bool `json:"ok"`
	// Manifests and Blobs are how many were checked, each once.
	Manifests int `json:"manifests"`
	Blobs     int `json:"blobs"`
	// Problems are sorted by what they are about.
	Problems []Problem `json:"problems"`
}

// A Problem is one thing that a package needs and that is not right.
type Problem struct {
	// Reference is the digest reference of what is concerned.
	Reference string `json:"reference"`
	// Kind is "index", "manifest", "config", "layer", "file" or "pin".
	Kind string `json:"kind"`
	// Reason says what is wrong: that it is missing, or what else.
	Reason string `json:"reason"`
	// NeededBy names what needs it: an image, or a composition.
	NeededBy string `json:"neededBy"`
}

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
func (r *Remote) Verify(ctx context.Context, ref name.Reference) (*Verification, error) {
	stored, err := r.fetchRoot(ctx, ref)
	if err != nil {
		return nil, err
	}
	v := newVerifier(r, stored)
	images, ictx := errgroup.WithContext(ctx)
	for _, d := range stored.Images {
		images.Go(func() error { return v.manifest(ictx, stored.Repository, d, sourceOf(stored, d)) })
	}
	if s := stored.Subject; s != nil {
		who := "subject of " + DigestName(stored.Repository, stored.Root.Descriptor.Digest)
		images.Go(func() error { return v.manifest(ictx, stored.Repository, *s, who) })
	}
	if err := images.Wait(); err != nil {
		return nil, err
	}
	v.seal()
	compositions, cctx := errgroup.WithContext(ctx)
	for i := range stored.Compositions {
		compositions.Go(func() error { return v.composition(cctx, &stored.Compositions[i]) })
	}
	if err := compositions.Wait(); err != nil {
		return nil, err
	}
	return v.result(), nil
}

// sourceOf names a bundled image by where it came from.
func sourceOf(stored *Stored, d v1.Descriptor) string {
	if ref := d.Annotations[AnnotationImageRef]; ref != "" {
		return ref
	}
	return DigestName(stored.Repository, d.Digest)
}

// composition checks a composition's files, its config and its pins.
func (v *verifier) composition(ctx context.Context, c *StoredComposition) error {
	who := "composition " + DigestName(v.stored.Repository, c.Descriptor.Digest)
	if v.stored.IsIndex() {
		v.count(&v.manifests)
		reason, err := damage(ctx, v.remote.fetchComposition(ctx, v.stored.Repository, c))
		if err != nil {
			return err
		}
		if reason != "" {
			v.problem(c.Descriptor, v.stored.Repository, "manifest", reason, DigestName(v.stored.Repository, v.stored.Root.Descriptor.Digest))
			return nil
		}
	}
	layers, err := c.Layers()
	if err != nil {
		v.problem(c.Descriptor, v.stored.Repository, "manifest", err.Error(), who)
		return nil
	}
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() error { return v.blob(gctx, v.stored.Repository, c.Manifest.Config, "config", who) })
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
	project, err := v.remote.Open(ctx, v.stored.Repository, *c)
	if err != nil {
		v.problem(c.Descriptor, v.stored.Repository, "manifest", err.Error(), who)
		return nil
	}
	pins, ctx := errgroup.WithContext(ctx)
	for _, place := range project.Images {
		pins.Go(func() error { return v.pin(ctx, place) })
	}
	return pins.Wait()
}

// file reads a file of a composition and tells whether it is as described.
func (v *verifier) file(ctx context.Context, l Layer, who string) (bool, error) {
	intact := true
	err := v.once(v.stored.Repository, l.Descriptor.Digest, func() error {
		v.count(&v.blobs)
		content, err := v.remote.client.GetBlob(ctx, v.stored.Repository, l.Descriptor)
		if err == nil {
			_, err = io.Copy(io.Discard, content)
			content.Close()
		}
		reason, err := damage(ctx, err)
		if reason != "" {
			v.broken(l.Descriptor.Digest)
			v.problem(l.Descriptor, v.stored.Repository, "file", fmt.Sprintf("%s (%s)", reason, l.File.Name), who)
		}
		return err
	})
	if v.isBroken(l.Descriptor.Digest) {
		intact = false
	}
	return intact, err
}

// pin checks that a place is pinned, and all of the image that it is pinned to.
func (v *verifier) pin(ctx context.Context, place compose.Image) error {
	ref, err := ParseImage(place.Ref)
	digest, isDigest := ref.(name.Digest)
	if err != nil || !isDigest {
		v.add(Problem{Reference: place.Ref, Kind: "pin", Reason: "not pinned to a digest", NeededBy: place.Path})
		return nil
	}
	hash, err := v1.NewHash(digest.DigestStr())
	if err != nil {
		v.add(Problem{Reference: place.Ref, Kind: "pin", Reason: err.Error(), NeededBy: place.Path})
		return nil
	}
	if v.stored.Mode == Bundled {
		switch {
		case digest.Context().Name() != v.stored.Repository.Name():
			v.add(Problem{Reference: place.Ref, Kind: "pin", Reason: "outside of the bundle's repository " + RepositoryName(v.stored.Repository), NeededBy: place.Path})
			return nil
		case !v.isListed(hash) && v.stored.IsIndex():
			v.add(Problem{Reference: place.Ref, Kind: "pin", Reason: "not among the images of the bundle's index", NeededBy: place.Path})
		}
	}
	return v.manifest(ctx, digest.Context(), v1.Descriptor{Digest: hash}, place.Ref)
}
