package file

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/follow"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/store"
)

// LoadOptions configure a load.
type LoadOptions struct {
	publish.PushOptions
	// Flat and As are those of [CopyOptions].
	Flat bool
	As   *name.Repository
}

// copying returns the options of the copy that performs the load.
func (o LoadOptions) copying(l loading) publish.CopyOptions {
	return publish.CopyOptions{PushOptions: o.PushOptions, Bundle: l.bundle, Flat: o.Flat, As: o.As}
}

// Load copies a package from a file into a registry. A loose package with its images in the
// file becomes a bundle. Missing content is found before anything is written.
func Load(ctx context.Context, s *session.Session, src session.Location, target store.Target, options LoadOptions) (publish.Pushed, error) {
	l, err := prepareLoad(ctx, s, src, options.Following)
	if err == nil {
		err = checkBlobs(ctx, s, src, l, target)
	}
	if err != nil {
		return publish.Pushed{}, err
	}
	return publish.Copy(ctx, s, src, target, options.copying(l))
}

// A loading is a package that is loaded from a file.
type loading struct {
	// bundle is set if the file has the images of a loose package.
	bundle bool
	// blobs are all blobs that the package needs.
	blobs []session.Located
	// images are the manifests of the images, with their names in annotations.
	images []session.Located
	// since is the package that has the omitted blobs, if any.
	since string
}

// prepareLoad finds the content that a package in a file needs.
func prepareLoad(ctx context.Context, s *session.Session, src session.Location, which follow.Following) (loading, error) {
	p, err := s.Fetch(ctx, src)
	if err != nil {
		return loading{}, err
	}
	l := loading{bundle: p.Mode == artifact.Bundled, since: since(src.Store, p)}
	for _, d := range slices.Concat(p.Images, p.Indexes) {
		l.images = append(l.images, session.Located{Descriptor: d, In: src.Store})
	}
	roots := []session.Located{{Descriptor: p.Content().Descriptor, In: src.Store}}
	if p.Subject != nil {
		roots = append(roots, session.Located{Descriptor: *p.Subject, In: src.Store})
	}
	for _, d := range p.Indexes {
		roots = append(roots, session.Located{Descriptor: session.Identity(d), In: src.Store})
	}
	if p.Mode == artifact.Loose {
		images, err := imagesIn(ctx, s, src, p)
		if err != nil {
			return l, err
		}
		l.bundle = len(images) > 0
		l.images = images
		for _, image := range images {
			roots = append(roots, session.Located{Descriptor: session.Identity(image.Descriptor), In: image.In})
		}
	}
	along, err := loadedFollowers(ctx, s, src, p, roots, which)
	if err != nil {
		return l, err
	}
	all, err := s.Collect(ctx, append(roots, along...))
	l.blobs = all.Blobs
	return l, err
}

// loadedFollowers finds the referrers in a file that may be loaded.
func loadedFollowers(ctx context.Context, s *session.Session, src session.Location, p *artifact.Package, roots []session.Located, which follow.Following) ([]session.Located, error) {
	if which.None {
		return nil, nil
	}
	found, err := follow.Followers(ctx, s, src.Store, follow.SubjectsOf(p), which)
	if err == nil && which.Images() {
		var images []follow.Follower
		images, err = follow.ImageFollowers(ctx, s, roots, follow.SubjectsOf(p), which)
		found = append(found, images...)
	}
	var all []session.Located
	for _, f := range found {
		all = append(all, session.Located{Descriptor: f.Descriptor, In: src.Store})
	}
	return all, err
}

// imagesIn finds the images of a loose package in its file: all, or none. Annotations have their names.
func imagesIn(ctx context.Context, s *session.Session, src session.Location, p *artifact.Package) (found []session.Located, err error) {
	m := publish.Moving{Session: s, Src: src, Read: p}
	var r artifact.Relocation
	if err := m.ReadProjects(ctx, &r); err != nil {
		return nil, err
	}
	var missing []string
	for _, place := range r.Elsewhere(p) {
		ref, err := artifact.ParseReference(place.Ref)
		if err != nil {
			return nil, fmt.Errorf("%s: image %q: %w", place.Path, place.Ref, err)
		}
		d, err := src.Store.Lookup(ctx, ref.Identifier())
		switch {
		case err == nil:
			d.Annotations = map[string]string{artifact.AnnotationImageRef: place.Ref}
			found = append(found, session.Located{Descriptor: d, In: src.Store})
		case store.IsNotFound(err):
			missing = append(missing, place.Ref)
		default:
			return nil, err
		}
	}
	if len(found) > 0 && len(missing) > 0 {
		return nil, &ImagesError{From: src.Store.Name(), Missing: missing}
	}
	return found, nil
}

// since returns the package that has the blobs that the file omits.
func since(in store.Source, p *artifact.Package) string {
	layout, ok := in.(store.Listing)
	if !ok {
		return ""
	}
	entries, err := layout.Entries()
	if err != nil {
		return "" // reading the package reports it
	}
	for _, d := range entries {
		if s := d.Annotations[artifact.AnnotationSince]; d.Digest == p.Digest() && s != "" {
			return s
		}
	}
	return ""
}

// checkBlobs checks that each blob is in the file, with its size, or at the target.
func checkBlobs(ctx context.Context, s *session.Session, src session.Location, l loading, target store.Target) error {
	var missing []v1.Descriptor
	for _, blob := range l.blobs {
		size, err := src.Store.BlobSize(ctx, blob.Digest)
		switch {
		case store.IsNotFound(err):
			missing = append(missing, blob.Descriptor)
		case err != nil:
			return err
		case size != blob.Size:
			return fmt.Errorf("reading %s: it has %d bytes, not %d", session.DigestName(src.Store, blob.Digest), size, blob.Size)
		}
	}
	return checkThere(ctx, s, src.Store, l, target, missing)
}

// checkThere checks that blobs that are not in the file are at the target.
func checkThere(ctx context.Context, s *session.Session, from store.Source, l loading, target store.Target, blobs []v1.Descriptor) error {
	e := &LeftOutError{From: from.Name(), To: target.Name(), Since: l.since}
	var mu sync.Mutex
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(s.AtOnce())
	for _, blob := range blobs {
		group.Go(func() error {
			if _, err := target.BlobSize(gctx, blob.Digest); err == nil || !store.IsNotFound(err) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			e.Blobs = append(e.Blobs, blob)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if len(e.Blobs) == 0 {
		return nil
	}
	slices.SortFunc(e.Blobs, func(a, b v1.Descriptor) int { return session.CompareDigests(a.Digest, b.Digest) })
	e.Images = imagesNeeding(ctx, s, l.images, e.Blobs)
	return e
}

// imagesNeeding returns the names of the images that need any of the blobs, as far as the images
// can be read.
func imagesNeeding(ctx context.Context, s *session.Session, images []session.Located, blobs []v1.Descriptor) []string {
	missing := map[v1.Hash]bool{}
	for _, blob := range blobs {
		missing[blob.Digest] = true
	}
	names := map[string]bool{}
	for _, image := range images {
		needs, err := s.Collect(ctx, []session.Located{image})
		if err != nil {
			continue
		}
		if slices.ContainsFunc(needs.Blobs, func(blob session.Located) bool { return missing[blob.Digest] }) {
			named, _, _ := strings.Cut(cmp.Or(image.Annotations[artifact.AnnotationImageRef], image.Digest.String()), "@")
			names[named] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
