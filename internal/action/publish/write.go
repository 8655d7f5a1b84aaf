// Package publish writes packages to registries and layouts: push, attach, copy and tag.
package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/follow"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/internal/transfer"
)

// A Publisher builds one package and writes it to a target.
type Publisher struct {
	session *session.Session
	target  store.Target
	// from is the source of the package, if it was read: its images and the layers that
	// stay are copied from there.
	from    store.Source
	options PushOptions
	// pointsAt is what the tag points at before the push, and othersPointAt what the other
	// tags point at.
	pointsAt      lookedUp
	othersPointAt map[string]lookedUp
	// own finds the referrers of the package, if it was read, and stays receives those
	// that are not copied.
	own   func() ([]follow.Follower, error)
	stays *[]follow.Follower
}

// NewPublisher returns a publisher that writes one package to a target.
func NewPublisher(ctx context.Context, s *session.Session, target store.Target, options PushOptions) Publisher {
	p := Publisher{session: s, target: target, options: options, pointsAt: lookup(ctx, target, options.Tag), othersPointAt: map[string]lookedUp{}}
	for _, tag := range append(slices.Clone(options.AlsoTags), options.PortableTag) {
		if tag != "" && tag != options.Tag {
			p.othersPointAt[tag] = lookup(ctx, target, tag)
		}
	}
	return p
}

// buildAndWrite builds the package of a spec and writes it. Its images are copied while it is
// built, and write waits for that copy. Only if the tag points at something, or the package has a
// subject or no tag, write starts the copy, because the package may exist already.
func (p Publisher) buildAndWrite(ctx context.Context, spec artifact.Spec) (*artifact.Package, error) {
	group, ctx := errgroup.WithContext(ctx)
	copyImages := p.imageCopy(ctx, spec)
	if p.options.Tag != "" && spec.Subject == nil && p.pointsAt() == (v1.Hash{}) {
		group.Go(copyImages)
	}
	var built *artifact.Package
	group.Go(func() (err error) {
		if built, err = artifact.Build(ctx, spec); err != nil {
			return err
		}
		return p.write(ctx, built, spec, copyImages)
	})
	return built, group.Wait()
}

// imageCopy returns a function that copies the package's images when it is first called; further
// calls wait for that copy.
func (p Publisher) imageCopy(ctx context.Context, spec artifact.Spec) func() error {
	return sync.OnceValue(func() error { return p.copyImages(ctx, spec) })
}

// write writes everything that the root of a package needs, and then the root under its tag. If the
// root has referrers, a subject or no tag, it is written by its digest first. Further tags come
// last. Nothing is written that the target has.
func (p Publisher) write(ctx context.Context, built *artifact.Package, spec artifact.Spec, copyImages func() error) error {
	there, err := p.isThere(ctx, built)
	if err != nil {
		return err
	}
	referrers, err := p.followers(ctx, built, spec)
	if err != nil {
		return err
	}
	if err := p.checkReplaced(ctx, built); err != nil {
		return err
	}
	if there && built.Subject == nil && !p.options.TagImages {
		if err := p.CopyReferrers(ctx, referrers); err != nil {
			return err
		}
		return p.writeTags(ctx, built, nil)
	}
	if !there {
		if err := p.writeBelow(ctx, built, spec, copyImages); err != nil {
			return err
		}
		return p.writeRoot(ctx, built, spec, referrers)
	}
	err = p.attachAgain(ctx, built)
	if err == nil {
		err = p.writeRoot(ctx, built, spec, referrers)
	}
	if !isIncomplete(err) {
		return err
	}
	// A concurrent deletion may have left only the root.
	p.options.Repair = true
	return p.write(ctx, built, spec, p.imageCopy(ctx, spec))
}

// isIncomplete reports whether err may mean that content below an existing root is missing.
func isIncomplete(err error) bool {
	var lost *remote.LostError
	return remote.IsRefused(err) && !remote.IsUnauthorized(err) || errors.As(err, &lost)
}

// writeRoot writes the root and its tags, after everything below it, and checks the result. With
// one tag that is usually a single PUT, the last of a push: the root under its tag.
func (p Publisher) writeRoot(ctx context.Context, built *artifact.Package, spec artifact.Spec, referrers []follow.Follower) error {
	if err := p.tagIndexes(ctx, built, spec); err != nil {
		return err
	}
	if err := p.writeBeforeTags(ctx, built, referrers); err != nil {
		return err
	}
	if err := p.writeTags(ctx, built, p.mainTags()); err != nil {
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

// mainTags returns the package's own tag, if it has one.
func (p Publisher) mainTags() []string {
	if p.options.Tag == "" {
		return nil
	}
	return []string{p.options.Tag}
}

// writeTags writes the root under tags, and under each of AlsoTags that does not point at it
// yet; then the portable composition under its tag.
func (p Publisher) writeTags(ctx context.Context, built *artifact.Package, tags []string) error {
	for _, tag := range p.options.AlsoTags {
		points, isOther := p.othersPointAt[tag]
		if isOther && tag != p.options.PortableTag && !slices.Contains(tags, tag) && points() != built.Digest() {
			tags = append(tags, tag)
		}
	}
	if err := p.writeAs(ctx, built.Content(), tags...); err != nil {
		return err
	}
	points, ok := p.othersPointAt[p.options.PortableTag]
	if !ok {
		return nil
	}
	content, err := p.pointedAt(built, p.options.PortableTag)
	if err != nil || points() == content.Descriptor.Digest {
		return err
	}
	return p.writeAs(ctx, content, p.options.PortableTag)
}

// pointedAt is the manifest for one of the other tags.
func (p Publisher) pointedAt(built *artifact.Package, tag string) (artifact.Content, error) {
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

// isThere reports whether the package exists already: the tag points at it, or, if it
// has no tag or is attached, its digest exists. Then everything below it exists, because
// its root is written last.
func (p Publisher) isThere(ctx context.Context, built *artifact.Package) (bool, error) {
	if p.options.Repair {
		return false, nil
	}
	points := p.pointsAt
	if p.options.Tag == "" || built.Subject != nil {
		points = lookup(ctx, p.target, built.Digest().String())
	}
	return points() == built.Digest(), ctx.Err()
}

// attachAgain checks that existing compositions are listed as referrers of their subjects.
func (p Publisher) attachAgain(ctx context.Context, built *artifact.Package) error {
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

// writeBelow writes everything that the root needs: images, blobs and compositions. Subjects are written
// before their referrers; everything else waits only for its own parts.
func (p Publisher) writeBelow(ctx context.Context, built *artifact.Package, spec artifact.Spec, copyImages func() error) error {
	if err := p.writeIncluded(ctx, spec); err != nil {
		return err
	}
	if isAttached(built) {
		if err := copyImages(); err != nil {
			return err
		}
		return p.writeCompositions(ctx, built)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(copyImages)
	group.Go(func() error { return p.writeCompositions(ctx, built) })
	return group.Wait()
}

// isAttached reports whether a manifest of the package has a subject.
func isAttached(p *artifact.Package) bool {
	return p.Subject != nil || slices.ContainsFunc(p.Compositions, func(c artifact.Composition) bool { return c.Subject() != nil })
}

// copyImages copies the package's images.
func (p Publisher) copyImages(ctx context.Context, spec artifact.Spec) error {
	var how []transfer.CopyOption
	if p.options.Repair {
		how = append(how, transfer.WithoutProbe())
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.session.AtOnce())
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

// copyImage copies one image.
func (p Publisher) copyImage(ctx context.Context, image artifact.BundledImage, how ...transfer.CopyOption) error {
	from := p.session.StoreOf(image.Image, p.from) // where it was resolved, so that it is not read again
	group, ctx := errgroup.WithContext(ctx)
	for _, root := range image.Roots {
		if root.Bytes != nil {
			if err := p.session.Copier.AddManifest(store.Manifest(root)); err != nil {
				return err
			}
		}
		group.Go(func() error { return p.session.Copier.Copy(ctx, from, root.Descriptor, p.target, how...) })
	}
	return group.Wait()
}

// writeCompositions writes the compositions' blobs, each once, and then, if an index
// lists them, their manifests.
func (p Publisher) writeCompositions(ctx context.Context, built *artifact.Package) error {
	blobs, bctx := errgroup.WithContext(ctx)
	blobs.SetLimit(p.session.AtOnce())
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
	manifests.SetLimit(p.session.AtOnce())
	for _, c := range built.Compositions {
		manifests.Go(func() error { return p.writeByDigest(mctx, c.Content(), c.Subject() != nil) })
	}
	return manifests.Wait()
}

// writeBlob writes a blob from memory, or copies one from the source of the package.
func (p Publisher) writeBlob(ctx context.Context, blob artifact.Content) error {
	if blob.Bytes == nil {
		return p.session.Copier.CopyBlob(ctx, p.from, blob.Descriptor, p.target)
	}
	if err := p.target.WriteBlob(ctx, blob.Descriptor, remote.Bytes(blob.Bytes)); err != nil {
		return fmt.Errorf("pushing to %s: %w", p.target.Name(), err)
	}
	return nil
}

// writeBeforeTags writes what must exist before the tags: the root by digest, if it has
// referrers, a subject or no tag, and its referrers. Otherwise writeTags writes the root.
func (p Publisher) writeBeforeTags(ctx context.Context, built *artifact.Package, referrers []follow.Follower) error {
	if built.Subject != nil || p.options.Tag == "" || len(referrers) > 0 {
		if err := p.writeByDigest(ctx, built.Content(), built.Subject != nil); err != nil {
			return err
		}
	}
	return p.CopyReferrers(ctx, referrers)
}

// writeByDigest writes a manifest by its digest; one with a subject is attached.
func (p Publisher) writeByDigest(ctx context.Context, content artifact.Content, attached bool) error {
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

// writeAs writes a manifest under tags.
func (p Publisher) writeAs(ctx context.Context, content artifact.Content, tags ...string) error {
	if err := store.WriteTags(ctx, p.target, store.Manifest(content), tags); err != nil {
		return fmt.Errorf("pushing %s:%s: %w", p.target.Name(), strings.Join(tags, ","), refused(err, content))
	}
	return nil
}
