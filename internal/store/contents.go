package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote"
)

// A Listing is a store with an index.json: an image layout.
type Listing interface {
	Source
	Entries() ([]v1.Descriptor, error)
}

// contents is the content of an image layout, in a folder or a file.
//
// See https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md.
type contents struct {
	// name is the prefix of references, and where describes the layout for messages.
	name, where string
	// index reads index.json.
	index func() ([]byte, error)
	// size returns the size of a blob, or a [NotFoundError].
	size func(v1.Hash) (int64, error)
	// open opens a blob, or returns a [NotFoundError].
	open func(v1.Hash) (io.ReadCloser, error)
}

// Name implements Source.
func (c *contents) Name() string { return c.name }

// missing returns the error for a missing blob.
func (c *contents) missing(digest v1.Hash) error {
	return &NotFoundError{What: fmt.Sprintf("%s@%s does not exist", c.name, digest)}
}

// Entries are the descriptors in index.json.
func (c *contents) Entries() ([]v1.Descriptor, error) {
	raw, err := c.index()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", c.where, err)
	}
	var index v1.IndexManifest
	if err := limits.Decode(raw, &index); err != nil {
		return nil, fmt.Errorf("reading the index.json of %s: %w", c.where, err)
	}
	return index.Manifests, nil
}

// Lookup implements Source. An empty reference is the only entry of the layout, or else the
// only composition, or the only one with a tag.
func (c *contents) Lookup(ctx context.Context, ref string) (v1.Descriptor, error) {
	entries, err := c.Entries()
	if err != nil {
		return v1.Descriptor{}, err
	}
	digest, err := v1.NewHash(ref)
	if err == nil {
		for _, d := range entries {
			if d.Digest == digest {
				return identity(d), nil
			}
		}
		m, err := c.readBlob(ctx, digest)
		return m.Descriptor, err
	}
	if d, ok := tagged(entries, ref); ok {
		return identity(d), nil
	}
	if d, ok := only(entries); ok && ref == "" {
		return identity(d), nil
	}
	if ref == "" {
		return v1.Descriptor{}, &NotFoundError{What: fmt.Sprintf("%s has several packages: select one of %s", c.where, listTags(entries))}
	}
	return v1.Descriptor{}, &NotFoundError{What: fmt.Sprintf("%s has no %q: it has %s", c.where, ref, listTags(entries))}
}

// only returns the only entry, or else the only one that satisfies the condition.
func only(entries []v1.Descriptor) (v1.Descriptor, bool) {
	for _, is := range []func(v1.Descriptor) bool{
		func(v1.Descriptor) bool { return true },
		func(d v1.Descriptor) bool { return artifact.IsType(d.ArtifactType) },
		func(d v1.Descriptor) bool {
			return artifact.IsType(d.ArtifactType) && d.Annotations[ocispec.AnnotationRefName] != ""
		},
		func(d v1.Descriptor) bool { return d.Annotations[ocispec.AnnotationRefName] != "" },
	} {
		some := slices.DeleteFunc(slices.Clone(entries), func(d v1.Descriptor) bool { return !is(d) })
		if len(some) == 1 {
			return some[0], true
		}
	}
	return v1.Descriptor{}, false
}

// identity returns a descriptor without the index's annotations.
func identity(d v1.Descriptor) v1.Descriptor {
	return v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size}
}

// tagged returns the entry with a tag. Some programs write the whole reference.
func tagged(entries []v1.Descriptor, tag string) (v1.Descriptor, bool) {
	if tag == "" {
		return v1.Descriptor{}, false
	}
	for _, is := range []func(string) bool{
		func(name string) bool { return name == tag },
		func(name string) bool { return strings.HasSuffix(name, ":"+tag) && strings.Contains(name, "/") },
	} {
		for _, composition := range []bool{true, false} {
			for _, d := range entries {
				if is(d.Annotations[ocispec.AnnotationRefName]) && (artifact.IsType(d.ArtifactType)) == composition {
					return d, true
				}
			}
		}
	}
	return v1.Descriptor{}, false
}

// Read implements Source.
func (c *contents) Read(ctx context.Context, ref string) (Manifest, error) {
	d, err := c.Lookup(ctx, ref)
	if err != nil {
		return Manifest{}, err
	}
	m, err := c.readBlob(ctx, d.Digest)
	if err != nil {
		return Manifest{}, err
	}
	if d.Size != m.Descriptor.Size {
		return Manifest{}, fmt.Errorf("reading %s@%s: %w", c.name, d.Digest, &remote.SizeError{Want: d.Size, Got: m.Descriptor.Size})
	}
	m.Descriptor.MediaType = d.MediaType
	return m, nil
}

// readBlob reads a manifest by its digest alone.
func (c *contents) readBlob(ctx context.Context, digest v1.Hash) (Manifest, error) {
	size, err := c.BlobSize(ctx, digest)
	if err != nil {
		return Manifest{}, err
	}
	if limit := remote.ResponseLimit(ctx); size > limit && limit < remote.MaxManifestSize {
		return Manifest{}, &remote.TooLargeError{Limit: limit}
	}
	if size > remote.MaxManifestSize {
		return Manifest{}, fmt.Errorf("reading %s@%s: it has %d bytes, more than a manifest may have", c.name, digest, size)
	}
	content, err := c.OpenBlob(ctx, v1.Descriptor{Digest: digest, Size: size})
	if err != nil {
		return Manifest{}, err
	}
	defer content.Close()
	raw, err := io.ReadAll(content)
	if err != nil {
		return Manifest{}, fmt.Errorf("reading %s@%s: %w", c.name, digest, err)
	}
	mediaType, err := remote.MediaTypeOf(raw)
	return Manifest{Descriptor: v1.Descriptor{MediaType: mediaType, Digest: digest, Size: size}, Bytes: raw}, err
}

// BlobSize implements Source.
func (c *contents) BlobSize(_ context.Context, digest v1.Hash) (int64, error) { return c.size(digest) }

// OpenBlob implements Source.
func (c *contents) OpenBlob(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	content, err := c.open(d.Digest)
	if err != nil {
		return nil, err
	}
	verified, err := Verified(content, d)
	if err != nil {
		return nil, errors.Join(err, content.Close())
	}
	return verified, nil
}

// Tags implements Store.
func (c *contents) Tags(context.Context) ([]string, error) {
	entries, err := c.Entries()
	if err != nil {
		return nil, err
	}
	return tagsOf(entries), nil
}

func tagsOf(entries []v1.Descriptor) []string {
	var tags []string
	for _, d := range entries {
		if name := d.Annotations[ocispec.AnnotationRefName]; name != "" {
			tags = append(tags, name)
		}
	}
	return tags
}

func listTags(entries []v1.Descriptor) string {
	if tags := tagsOf(entries); len(tags) > 0 {
		return strings.Join(tags, ", ")
	}
	return fmt.Sprintf("%d manifests without a tag", len(entries))
}
