package action

import (
	"context"
	"fmt"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/internal/transfer"
)

// A publisher builds one package and writes it to a target.
type publisher struct {
	session *Session
	target  store.Target
	// from is where the package comes from, if it was read: its images and the layers that
	// stay are copied from there.
	from    store.Source
	options PushOptions
	// tagged is what the tag points at now, and others what the other tags do.
	tagged lookedUp
	others map[string]lookedUp
	// own finds the referrers of the package that was read, if it was, and stays gets those
	// that do not go along.
	own   func() ([]follower, error)
	stays *[]follower
}

func newPublisher(ctx context.Context, s *Session, target store.Target, options PushOptions) publisher {
	p := publisher{session: s, target: target, options: options, tagged: lookup(ctx, target, options.Tag), others: map[string]lookedUp{}}
	for _, tag := range append(slices.Clone(options.AlsoTags), options.PortableTag) {
		if tag != "" && tag != options.Tag {
			p.others[tag] = lookup(ctx, target, tag)
		}
	}
	return p
}

// publish builds the package of a spec and writes it. Where nothing is under the tag yet,
// its images are on their way while it is built. Where something is, it may be the package
// itself, and nothing has to be done.
func (p publisher) publish(ctx context.Context, spec artifact.Spec) (*artifact.Package, error) {
	group, ctx := errgroup.WithContext(ctx)
	images := p.images(ctx, spec)
	if p.options.Tag != "" && spec.Subject == nil && p.tagged() == (v1.Hash{}) {
		group.Go(images)
	}
	var built *artifact.Package
	group.Go(func() (err error) {
		if built, err = artifact.Build(ctx, spec); err != nil {
			return err
		}
		return p.write(ctx, built, spec, images)
	})
	return built, group.Wait()
}

// images returns what brings the package's images, once.
func (p publisher) images(ctx context.Context, spec artifact.Spec) func() error {
	return sync.OnceValue(func() error { return p.copyImages(ctx, spec) })
}

// write brings all that the root of a package needs, then the root, and last the tag.
func (p publisher) write(ctx context.Context, built *artifact.Package, spec artifact.Spec, images func() error) error {
	there, err := p.isThere(ctx, built)
	if err != nil {
		return err
	}
	along, err := p.along(ctx, built, spec)
	if err != nil {
		return err
	}
	if err := p.checkReplaced(ctx, built); err != nil {
		return err
	}
	if there && built.Subject == nil && !p.options.TagImages {
		if err := p.bringAll(ctx, along); err != nil {
			return err
		}
		return p.writeOthers(ctx, built)
	}
	if there {
		err = p.attachAgain(ctx, built)
	} else {
		err = p.writeBelow(ctx, built, spec, images)
	}
	if err != nil {
		return err
	}
	if err := p.tagIndexes(ctx, built, spec); err != nil {
		return err
	}
	if err := p.writeRoot(ctx, built, along); err != nil {
		return err
	}
	if err := p.writeOthers(ctx, built); err != nil {
		return err
	}
	if err := p.confirm(ctx, built); err != nil {
		return err
	}
	if p.options.TagImages {
		return p.tagImages(ctx, built, spec)
	}
	return nil
}

// writeOthers writes the other tags.
func (p publisher) writeOthers(ctx context.Context, built *artifact.Package) error {
	group, ctx := errgroup.WithContext(ctx)
	for tag, points := range p.others {
		content, err := p.pointedAt(built, tag)
		if err != nil {
			return err
		}
		group.Go(func() error {
			if points() == content.Descriptor.Digest {
				return nil
			}
			return p.writeTag(ctx, content, tag)
		})
	}
	return group.Wait()
}

// pointedAt is what one of the other tags is to point at.
func (p publisher) pointedAt(built *artifact.Package, tag string) (artifact.Content, error) {
	if tag != p.options.PortableTag {
		return built.Content(), nil
	}
	if c, ok := built.Portable(); ok {
		return c.Content(), nil
	}
	if len(built.Compositions) == 1 {
		return built.Compositions[0].Content(), nil
	}
	return artifact.Content{}, ErrNoPortable
}

// isThere tells whether the package is there already: the tag points at it, or, where it
// gets none or is attached, its digest is known. Then all that it needs is there, because
// its root is written last.
func (p publisher) isThere(ctx context.Context, built *artifact.Package) (bool, error) {
	if p.options.Repair {
		return false, nil
	}
	points := p.tagged
	if p.options.Tag == "" || built.Subject != nil {
		points = lookup(ctx, p.target, built.Digest().String())
	}
	return points() == built.Digest(), ctx.Err()
}

// attachAgain checks that the subjects of compositions that are there list them.
func (p publisher) attachAgain(ctx context.Context, built *artifact.Package) error {
	if !built.IsIndex() {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range built.Compositions {
		if c.Subject() != nil {
			group.Go(func() error { return p.writeByDigest(ctx, c.Content(), true) })
		}
	}
	return group.Wait()
}

// writeBelow brings all that the root needs: images, blobs and compositions. Subjects go
// before what is attached to them; nothing else waits for anything but its own parts.
func (p publisher) writeBelow(ctx context.Context, built *artifact.Package, spec artifact.Spec, images func() error) error {
	if err := p.writeIncluded(ctx, spec); err != nil {
		return err
	}
	if isAttached(built) {
		if err := images(); err != nil {
			return err
		}
		return p.writeCompositions(ctx, built)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(images)
	group.Go(func() error { return p.writeCompositions(ctx, built) })
	return group.Wait()
}

// isAttached tells whether something of the package has a subject.
func isAttached(p *artifact.Package) bool {
	return p.Subject != nil || slices.ContainsFunc(p.Compositions, func(c artifact.Composition) bool { return c.Subject() != nil })
}

// copyImages brings the package's images.
func (p publisher) copyImages(ctx context.Context, spec artifact.Spec) error {
	var how []transfer.CopyOption
	if p.options.Repair {
		how = append(how, transfer.WithoutProbe())
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.session.atOnce())
	for _, image := range spec.Images {
		group.Go(func() error {
			if err := p.copyImage(transfer.WithImage(ctx, image.String()), image, how...); err != nil {
				return fmt.Errorf("bundling %s: %w", image, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// copyImage brings one image.
func (p publisher) copyImage(ctx context.Context, image artifact.BundledImage, how ...transfer.CopyOption) error {
	from := p.session.storeOf(image.Image, p.from)
	group, ctx := errgroup.WithContext(ctx)
	for _, root := range image.Roots {
		if root.Bytes != nil {
			if err := p.session.copier.AddManifest(store.Manifest(root)); err != nil {
				return err
			}
		}
		group.Go(func() error { return p.session.copier.Copy(ctx, from, root.Descriptor, p.target, how...) })
	}
	return group.Wait()
}

// writeCompositions writes the compositions' blobs, each once, and then, where an index is
// to list them, their manifests.
func (p publisher) writeCompositions(ctx context.Context, built *artifact.Package) error {
	blobs, bctx := errgroup.WithContext(ctx)
	blobs.SetLimit(p.session.atOnce())
	seen := map[v1.Hash]bool{}
	for _, c := range built.Compositions {
		all, err := c.Blobs()
		if err != nil {
			return err
		}
		for _, blob := range all {
			if !seen[blob.Descriptor.Digest] {
				seen[blob.Descriptor.Digest] = true
				blobs.Go(func() error { return p.writeBlob(bctx, blob) })
			}
		}
	}
	if err := blobs.Wait(); err != nil || !built.IsIndex() {
		return err
	}
	manifests, mctx := errgroup.WithContext(ctx)
	manifests.SetLimit(p.session.atOnce())
	for _, c := range built.Compositions {
		manifests.Go(func() error { return p.writeByDigest(mctx, c.Content(), c.Subject() != nil) })
	}
	return manifests.Wait()
}

// writeBlob writes a blob that is in memory, or copies one from where the package was read.
func (p publisher) writeBlob(ctx context.Context, blob artifact.Content) error {
	if blob.Bytes == nil {
		return p.session.copier.CopyBlob(ctx, p.from, blob.Descriptor, p.target)
	}
	if err := p.target.WriteBlob(ctx, blob.Descriptor, remote.Bytes(blob.Bytes)); err != nil {
		return fmt.Errorf("pushing to %s: %w", p.target.Name(), err)
	}
	return nil
}

// writeRoot writes the package's root, what refers to it, and then its tag.
func (p publisher) writeRoot(ctx context.Context, built *artifact.Package, along []follower) error {
	if built.Subject != nil || p.options.Tag == "" || len(along) > 0 {
		if err := p.writeByDigest(ctx, built.Content(), built.Subject != nil); err != nil {
			return err
		}
	}
	if err := p.bringAll(ctx, along); err != nil || p.options.Tag == "" {
		return err
	}
	return p.writeTag(ctx, built.Content(), p.options.Tag)
}

// writeByDigest writes a manifest by its digest; one with a subject is attached.
func (p publisher) writeByDigest(ctx context.Context, content artifact.Content, attached bool) error {
	if attached {
		if err := p.target.Attach(ctx, store.Manifest(content)); err != nil {
			return fmt.Errorf("attaching in %s: %w", p.target.Name(), refused(err, content))
		}
		return nil
	}
	if err := p.target.Write(ctx, store.Manifest(content), ""); err != nil {
		return fmt.Errorf("pushing to %s: %w", p.target.Name(), refused(err, content))
	}
	return nil
}

// writeTag writes a manifest under a tag.
func (p publisher) writeTag(ctx context.Context, content artifact.Content, tag string) error {
	if err := p.target.Write(ctx, store.Manifest(content), tag); err != nil {
		return fmt.Errorf("pushing %s:%s: %w", p.target.Name(), tag, refused(err, content))
	}
	return nil
}
