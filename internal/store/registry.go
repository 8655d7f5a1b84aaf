package store

import (
	"context"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/remote/content"
	"github.com/ocompose/ocompose/referrers"
)

// A Registry is a repository of a registry.
type Registry struct {
	repo      name.Repository
	client    *remote.Client
	contents  *content.Registry // reads and writes manifests and blobs
	referrers *referrers.Client
}

// NewRegistry returns the store of a repository. All stores of a program share a
// client, and a referrers client.
func NewRegistry(repo name.Repository, client *remote.Client, refs *referrers.Client) *Registry {
	return &Registry{repo: repo, client: client, contents: client.Contents(repo.Registry), referrers: refs}
}

// Repository returns the repository.
func (r *Registry) Repository() name.Repository { return r.repo }

// Name implements Source.
func (r *Registry) Name() string { return artifact.RepositoryName(r.repo) }

// reference returns the reference of a tag or digest.
func (r *Registry) reference(ref string) name.Reference {
	if _, err := v1.NewHash(ref); err == nil {
		return r.repo.Digest(ref)
	}
	return r.repo.Tag(ref)
}

// Lookup implements Source.
func (r *Registry) Lookup(ctx context.Context, ref string) (v1.Descriptor, error) {
	return r.contents.HeadManifest(ctx, r.reference(ref))
}

// Read implements Source.
func (r *Registry) Read(ctx context.Context, ref string) (Manifest, error) {
	return r.contents.GetManifest(ctx, r.reference(ref))
}

// BlobSize implements Source.
func (r *Registry) BlobSize(ctx context.Context, digest v1.Hash) (int64, error) {
	return r.contents.HeadBlob(ctx, r.repo, digest)
}

// OpenBlob implements Source.
func (r *Registry) OpenBlob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	return r.contents.GetBlob(ctx, r.repo, d)
}

// WriteBlob implements Target.
func (r *Registry) WriteBlob(ctx context.Context, d v1.Descriptor, open Opener) error {
	return r.contents.PutBlob(ctx, r.repo, d, open)
}

// CopyBlob implements Target: within a registry the blob is mounted, without checking first
// whether it exists.
func (r *Registry) CopyBlob(ctx context.Context, from Source, d v1.Descriptor, sending func()) (Outcome, error) {
	var became remote.BlobOutcome
	var err error
	switch source := from.(type) {
	case *Registry:
		became, err = r.copyFrom(ctx, source, d, sending)
	case *Mirrored:
		became, err = source.copyTo(ctx, r, d, sending)
	default:
		return copyBytes(ctx, r, from, d, sending)
	}
	return map[remote.BlobOutcome]Outcome{remote.BlobSent: Sent, remote.BlobMounted: Mounted, remote.BlobPresent: Present}[became], err
}

// copyFrom copies a blob from another repository.
func (r *Registry) copyFrom(ctx context.Context, source *Registry, d v1.Descriptor, sending func()) (remote.BlobOutcome, error) {
	open := func(ctx context.Context) (io.ReadCloser, error) { return source.OpenBlob(ctx, d) }
	return r.contents.CopyBlob(ctx, r.repo, source.repo, d, open, sending)
}

// Write implements Target.
func (r *Registry) Write(ctx context.Context, m Manifest, tag string) error {
	ref := name.Reference(r.repo.Digest(m.Descriptor.Digest.String()))
	if tag != "" {
		ref = r.repo.Tag(tag)
	}
	_, err := r.contents.PutManifest(ctx, ref, m.Descriptor.MediaType, m.Bytes)
	return err
}

// writeTags implements tagger.
func (r *Registry) writeTags(ctx context.Context, m Manifest, tags []string) error {
	return r.contents.PutTags(ctx, r.repo, tags, m.Descriptor, m.Bytes)
}

// Attach implements Target.
func (r *Registry) Attach(ctx context.Context, m Manifest) error {
	_, err := r.referrers.Push(ctx, r.repo, m.Descriptor.MediaType, m.Bytes)
	return err
}

// Tags implements Store.
func (r *Registry) Tags(ctx context.Context) ([]string, error) { return r.client.ListTags(ctx, r.repo) }

// Attached implements Store.
func (r *Registry) Attached(ctx context.Context, digest v1.Hash) ([]v1.Descriptor, error) {
	return r.referrers.List(ctx, r.repo.Digest(digest.String()))
}

// Referrers implements Store.
func (r *Registry) Referrers(ctx context.Context, ref string, filter ...referrers.ListOption) (*referrers.Node, error) {
	return r.referrers.ListTree(ctx, r.reference(ref), filter...)
}

// Delete implements Store.
func (r *Registry) Delete(ctx context.Context, digest v1.Hash) error {
	return r.referrers.Delete(ctx, r.repo.Digest(digest.String()))
}

// Untag implements Store. Registries differ in how they delete a tag: some
// reject it, some delete the manifest with all its tags, some do nothing. If other tags
// are deleted too, they are written again.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-tags.
func (r *Registry) Untag(ctx context.Context, tag string) error {
	ref := r.repo.Tag(tag)
	before, err := r.contents.GetManifest(ctx, ref)
	if err != nil {
		return err
	}
	others, err := r.tagsOf(ctx, before.Descriptor.Digest, tag)
	if err != nil {
		return err
	}
	if err := r.contents.DeleteManifest(ctx, ref); err != nil {
		if remote.IsUnauthorized(err) || !remote.IsRefused(err) {
			return err
		}
		return &UntagError{Ref: artifact.ReferenceName(ref), Err: err}
	}
	for _, other := range others {
		d, err := r.Lookup(ctx, other)
		if err == nil && d.Digest == before.Descriptor.Digest {
			continue
		}
		if err != nil && !IsNotFound(err) {
			return err
		}
		if err := r.Write(ctx, before, other); err != nil {
			return fmt.Errorf("restoring the tag %s:%s, which the registry deleted together with %s: %w", r.Name(), other, tag, err)
		}
	}
	if d, err := r.Lookup(ctx, tag); err == nil && d.Digest == before.Descriptor.Digest {
		return &UntagError{Ref: artifact.ReferenceName(ref)}
	}
	return nil
}

// tagsOf lists the tags that point at a digest, except one.
func (r *Registry) tagsOf(ctx context.Context, digest v1.Hash, but string) ([]string, error) {
	all, err := r.Tags(ctx)
	if err != nil {
		return nil, err
	}
	points := make([]bool, len(all))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4 * r.client.Jobs())
	for i, tag := range all {
		group.Go(func() error {
			d, err := r.Lookup(ctx, tag)
			points[i] = err == nil && d.Digest == digest && tag != but
			if IsNotFound(err) {
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var tags []string
	for i, tag := range all {
		if points[i] {
			tags = append(tags, tag)
		}
	}
	return tags, nil
}

// A tagger is a Target that writes a manifest under several tags with fewer requests than one for
// each.
type tagger interface {
	writeTags(ctx context.Context, m Manifest, tags []string) error
}

// WriteTags writes a manifest under tags, starting with the first: one tag with Write, several
// with fewer requests, if the store can do that.
func WriteTags(ctx context.Context, to Target, m Manifest, tags []string) error {
	if t, ok := to.(tagger); ok && len(tags) > 1 {
		return t.writeTags(ctx, m, tags)
	}
	for _, tag := range tags {
		if err := to.Write(ctx, m, tag); err != nil {
			return err
		}
	}
	return nil
}
