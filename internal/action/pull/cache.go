package pull

import (
	"context"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// A Cache stores compositions from registries, with their files but without their images.
type Cache struct {
	layout *store.Layout
}

// OpenCache opens the cache in a folder, which is created if it is missing.
func OpenCache(dir string) (*Cache, error) {
	layout, err := store.CreateLayout(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the cache: %w", err)
	}
	return &Cache{layout}, nil
}

// A Kept composition is a complete composition in the cache.
type Kept struct {
	Composition artifact.Composition
	// Package is the package that it was selected from.
	Package *artifact.Package
	// Unasked is set if the registry was not asked, or did not answer: a tag may have moved.
	// Err is why it did not answer.
	Unasked bool
	Err     error

	layout *store.Layout
}

// Store returns the store with the composition's files.
func (k Kept) Store() store.Source { return k.layout }

// An UncachedError reports that a cache does not have a composition, and that the caller did
// not allow a request to the registry.
type UncachedError struct {
	// At is the composition's reference.
	At string
	// Err describes the missing content.
	Err error
}

func (e *UncachedError) Error() string { return e.At + " is not in the cache" }

// Unwrap returns the missing content.
func (e *UncachedError) Unwrap() error { return e.Err }

// A Choice selects one of a package's compositions.
type Choice = func(*artifact.Package) (artifact.Composition, error)

// Keep stores the composition that choose selects from the package at a location in the cache,
// verified, and returns it. Existing content is not fetched again. A tag is looked up in the
// registry, unless offline is set; if no registry answers, the cached digest is used.
func Keep(ctx context.Context, s *session.Session, at session.Location, cache *Cache, offline bool, choose Choice) (Kept, error) {
	ref := at.Ref
	unanswered := error(nil)
	if _, err := v1.NewHash(ref); err != nil {
		switch d, err := cache.lookup(ctx, at, offline); {
		case err == nil:
			ref = d.Digest.String()
		case ctx.Err() != nil || offline || answers(err):
			return Kept{}, err
		default:
			known, knownErr := cache.layout.Lookup(ctx, at.String())
			if knownErr != nil {
				return Kept{}, err
			}
			ref, unanswered = known.Digest.String(), err
		}
	}
	cached := session.Location{Store: cache.layout, Ref: ref}
	p, c, err := s.FetchFor(ctx, cached, choose)
	if err == nil && cache.isWhole(ctx, c) == nil {
		return Kept{Composition: c, Package: p, Unasked: offline || unanswered != nil, Err: unanswered, layout: cache.layout}, cache.tag(ctx, at, p)
	}
	switch {
	case ctx.Err() != nil:
		return Kept{}, ctx.Err()
	case unanswered != nil:
		return Kept{}, unanswered
	case offline:
		return Kept{}, &UncachedError{At: at.String(), Err: err}
	}
	if p, c, err = s.FetchFor(ctx, session.Location{Store: at.Store, Ref: ref}, choose); err != nil {
		return Kept{}, err
	}
	if err := cache.keep(ctx, at, p, c); err != nil {
		return Kept{}, err
	}
	return Kept{Composition: c, Package: p, layout: cache.layout}, nil
}

// answers reports whether an error is a registry's answer about a tag, or about a
// connection that can't be trusted.
func answers(err error) bool {
	return store.IsNotFound(err) || remote.IsUnauthorized(err) || remote.IsUntrusted(err)
}

// lookup returns the target of a tag.
func (c *Cache) lookup(ctx context.Context, at session.Location, offline bool) (v1.Descriptor, error) {
	if offline {
		d, err := c.layout.Lookup(ctx, at.String())
		if store.IsNotFound(err) {
			return d, &UncachedError{At: at.String(), Err: err}
		}
		return d, err
	}
	d, err := at.Store.Lookup(ctx, at.Ref)
	if store.IsNotFound(err) {
		_, err = at.Store.Read(ctx, at.Ref) // returns the reason
	}
	return d, err
}

// isWhole reads all files of a composition, and fails if one is missing or damaged.
func (c *Cache) isWhole(ctx context.Context, composition artifact.Composition) error {
	blobs, err := fileBlobs(composition)
	if err != nil {
		return err
	}
	for _, d := range blobs {
		content, err := c.layout.OpenBlob(ctx, d)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, content)
		if err := errors.Join(err, content.Close()); err != nil {
			return err
		}
	}
	return nil
}

// fileBlobs returns the blobs with the files of a composition.
func fileBlobs(composition artifact.Composition) ([]v1.Descriptor, error) {
	if archive, ok, err := composition.Archive(); err != nil || ok {
		return []v1.Descriptor{archive}, err
	}
	layers, err := composition.Layers()
	var blobs []v1.Descriptor
	for _, l := range layers {
		blobs = append(blobs, l.Descriptor)
	}
	return blobs, err
}

// keep writes a composition, the index that it was selected from, and its files.
func (c *Cache) keep(ctx context.Context, at session.Location, p *artifact.Package, composition artifact.Composition) error {
	blobs, err := fileBlobs(composition)
	if err != nil {
		return err
	}
	for _, d := range blobs {
		open := func(ctx context.Context) (io.ReadCloser, error) { return at.Store.OpenBlob(ctx, d) }
		if err := c.layout.WriteBlob(ctx, d, open); err != nil {
			return fmt.Errorf("keeping %s: %w", session.DigestName(at.Store, d.Digest), err)
		}
	}
	if p.IsIndex() {
		if err := c.layout.Write(ctx, store.Manifest(composition.Content()), ""); err != nil {
			return err
		}
	}
	return c.tag(ctx, at, p)
}

// tag writes the root of a package under the requested reference.
func (c *Cache) tag(ctx context.Context, at session.Location, p *artifact.Package) error {
	if d, err := c.layout.Lookup(ctx, at.String()); err == nil && d.Digest == p.Digest() {
		return nil
	}
	return c.layout.Write(ctx, store.Manifest(p.Content()), at.String())
}

// OpenKept reads the project of another composition that is in the cache, by its digest.
func OpenKept(ctx context.Context, s *session.Session, beside Kept, digest v1.Hash) (*compose.Project, error) {
	at := session.Location{Store: beside.layout, Ref: digest.String()}
	p, err := s.Fetch(ctx, at)
	if err != nil {
		return nil, err
	}
	if len(p.Compositions) != 1 {
		return nil, fmt.Errorf("%s is not a single composition", at)
	}
	return s.Open(ctx, at.Store, p.Compositions[0])
}
