package artifact

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/transfer"
)

// PushOptions say what a push leaves in the repository besides the package.
type PushOptions struct {
	// Tag is the tag that the package gets, or empty for none.
	Tag string
	// TagImages gives every manifest of the package a tag of its own, for
	// registries whose clean-up takes what has none.
	TagImages bool
	// Repair looks at everything, also below what is there: a root that is there
	// is otherwise taken for complete, as roots are put last.
	Repair bool
}

// Push copies the package's images, uploads its compositions and index, and
// last of all, when everything that it needs is there, moves the tag. It
// returns the digest reference of the package.
//
// A package that is there already is not uploaded again; attached, it is made
// sure of that its subjects list it. Interrupted, a push leaves no tag on
// something incomplete, and the next one goes on from there.
func (r *Remote) Push(ctx context.Context, p *Package, options PushOptions) (name.Digest, error) {
	return r.push(ctx, p, options, r.look(ctx, p.Repository.Tag(options.Tag)))
}

// push is Push, with a look at the tag that may have begun before the package was
// built.
func (r *Remote) push(ctx context.Context, p *Package, options PushOptions, tagged lookup) (name.Digest, error) {
	root := byDigest(p.Repository, p.Root)
	there, err := r.isThere(ctx, p, options, tagged)
	if err != nil {
		return root, err
	}
	if there && p.Subject == nil && !options.TagImages {
		return root, nil
	}
	if err := r.authorize(ctx, p); err != nil {
		return root, err
	}
	if there {
		err = r.attachAgain(ctx, p)
	} else {
		err = r.pushBelow(ctx, p, options)
	}
	if err != nil {
		return root, err
	}
	if err := r.pushRoot(ctx, p, options.Tag); err != nil {
		return root, err
	}
	if options.TagImages {
		return root, r.tagImages(ctx, p)
	}
	return root, nil
}

// A lookup is what a reference points at, once that is known; the zero Hash where
// it points at nothing. Whatever else is wrong shows, with a better reason, when
// pushing.
type lookup func() v1.Hash

// look asks what a reference points at, the first time the answer is wanted.
func (r *Remote) look(ctx context.Context, ref name.Reference) lookup {
	return sync.OnceValue(func() v1.Hash {
		there, err := r.client.HeadManifest(ctx, ref)
		if err != nil {
			return v1.Hash{}
		}
		return there.Digest
	})
}

// isThere tells whether the package is there already: the tag points at it, or,
// where it gets none or is attached, its digest is known. Then all that it needs
// is there, because its root is put last.
func (r *Remote) isThere(ctx context.Context, p *Package, options PushOptions, tagged lookup) (bool, error) {
	if options.Repair {
		return false, nil
	}
	if options.Tag == "" || p.Subject != nil {
		tagged = r.look(ctx, byDigest(p.Repository, p.Root))
	}
	return tagged() == p.Root.Descriptor.Digest, ctx.Err()
}

// attachAgain makes sure that the subjects of compositions that are there list
// them.
func (r *Remote) attachAgain(ctx context.Context, p *Package) error {
	if !p.IsIndex() {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range p.Compositions {
		if c.Subject != nil {
			group.Go(func() error { return r.putReferrer(ctx, p.Repository, c.Content, true) })
		}
	}
	return group.Wait()
}

// authorize asks for all that a push needs at once.
func (r *Remote) authorize(ctx context.Context, p *Package) error {
	return r.askToPush(ctx, p.sources(), p.Repository)
}

// askToPush asks to read some repositories and write one.
func (r *Remote) askToPush(ctx context.Context, sources []name.Repository, target name.Repository) error {
	if err := r.client.Authorize(ctx, sources, []name.Repository{target}); err != nil {
		return fmt.Errorf("asking to push to %s: %w", RepositoryName(target), err)
	}
	return nil
}

// sources are the repositories that images and layers are copied from.
func (p *Package) sources() []name.Repository {
	var all []name.Repository
	for _, image := range p.Images {
		if !image.There {
			all = append(all, image.Image.Ref.Context())
		}
	}
	hasKept := func(c Composition) bool { return len(c.Kept) > 0 }
	if slices.ContainsFunc(p.Compositions, hasKept) {
		all = append(all, p.Source)
	}
	return all
}

// pushBelow brings all that the root needs: images, blobs and compositions.
// Subjects go before what is attached to them; nothing else waits for anything
// but its own parts.
func (r *Remote) pushBelow(ctx context.Context, p *Package, options PushOptions) error {
	if p.Subject != nil {
		if err := r.copyImages(ctx, p, options); err != nil {
			return err
		}
		return r.pushCompositions(ctx, p)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return r.copyImages(ctx, p, options) })
	group.Go(func() error { return r.pushCompositions(ctx, p) })
	return group.Wait()
}

// copyImages brings the package's images.
func (r *Remote) copyImages(ctx context.Context, p *Package, options PushOptions) error {
	var how []transfer.CopyOption
	if options.Repair {
		how = append(how, transfer.WithoutProbe())
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, image := range p.Images {
		group.Go(func() error { return r.copyImage(ctx, p.Repository, image, how...) })
	}
	return group.Wait()
}

// pushCompositions uploads the compositions' blobs, each once, and then, where
// an index is to list them, their manifests.
func (r *Remote) pushCompositions(ctx context.Context, p *Package) error {
	blobs, bctx := errgroup.WithContext(ctx)
	seen := map[v1.Hash]bool{}
	for _, c := range p.Compositions {
		for _, layer := range c.Kept {
			if !seen[layer.Digest] {
				seen[layer.Digest] = true
				blobs.Go(func() error { return r.copier.CopyBlob(bctx, p.Source, layer, p.Repository) })
			}
		}
		for _, blob := range c.Blobs {
			if !seen[blob.Descriptor.Digest] {
				seen[blob.Descriptor.Digest] = true
				blobs.Go(func() error { return r.putBlob(bctx, p.Repository, blob) })
			}
		}
	}
	if err := blobs.Wait(); err != nil || !p.IsIndex() {
		return err
	}
	manifests, mctx := errgroup.WithContext(ctx)
	for _, c := range p.Compositions {
		manifests.Go(func() error { return r.putReferrer(mctx, p.Repository, c.Content, c.Subject != nil) })
	}
	return manifests.Wait()
}

// copyImage brings an image to the repository.
func (r *Remote) copyImage(ctx context.Context, to name.Repository, image BundledImage, how ...transfer.CopyOption) error {
	if image.There {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, root := range image.Roots {
		if root.Bytes != nil {
			if err := r.copier.Know(remote.Manifest(root)); err != nil {
				return err
			}
		}
		group.Go(func() error { return r.copier.Copy(ctx, image.Image.Ref.Context(), root.Descriptor, to, how...) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("bundling %s: %w", image, err)
	}
	return nil
}

// pushRoot puts the package's root, and then its tag.
func (r *Remote) pushRoot(ctx context.Context, p *Package, tag string) error {
	if p.Subject != nil || tag == "" {
		if err := r.putReferrer(ctx, p.Repository, p.Root, p.Subject != nil); err != nil {
			return err
		}
	}
	if tag == "" {
		return nil
	}
	return r.putManifest(ctx, p.Repository.Tag(tag), p.Root)
}

// putReferrer puts a manifest by its digest, and makes sure that its subject
// lists it where it has one.
func (r *Remote) putReferrer(ctx context.Context, repo name.Repository, content Content, hasSubject bool) error {
	if !hasSubject {
		return r.putManifest(ctx, byDigest(repo, content), content)
	}
	if _, err := r.referrers.Push(ctx, repo, content.Descriptor.MediaType, content.Bytes); err != nil {
		return fmt.Errorf("attaching %s: %w", DigestName(repo, content.Descriptor.Digest), refused(err, content))
	}
	return nil
}

// putManifest puts a manifest under a tag or its digest.
func (r *Remote) putManifest(ctx context.Context, ref name.Reference, content Content) error {
	if _, err := r.client.PutManifest(ctx, ref, content.Descriptor.MediaType, content.Bytes); err != nil {
		return fmt.Errorf("pushing %s: %w", ReferenceName(ref), refused(err, content))
	}
	return nil
}

// putBlob uploads a small blob.
func (r *Remote) putBlob(ctx context.Context, repo name.Repository, blob Content) error {
	if err := r.client.PutBlob(ctx, repo, blob.Descriptor, remote.Bytes(blob.Bytes)); err != nil {
		return fmt.Errorf("pushing %s: %w", DigestName(repo, blob.Descriptor.Digest), err)
	}
	return nil
}
