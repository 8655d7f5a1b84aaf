package remote

import (
	"context"
	"io"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/remote/content"
)

// Types of package content.
type (
	// Manifest is a manifest or index, byte for byte as in the registry.
	Manifest = content.Manifest
	// Opener opens the content of a blob from its start. It is called once per attempt, with a
	// context whose requests are part of the upload's job: a GetBlob with it does not need its
	// own job.
	Opener = content.Opener
	// BlobOutcome is how a blob got into a repository.
	BlobOutcome = content.BlobOutcome
)

// How a blob got into a repository.
const (
	// BlobSent means that its bytes were sent.
	BlobSent = content.BlobSent
	// BlobMounted means that the registry mounted it from another repository.
	BlobMounted = content.BlobMounted
	// BlobPresent means that it already existed.
	BlobPresent = content.BlobPresent
)

// Bytes returns an Opener for content in memory.
func Bytes(b []byte) Opener { return content.Bytes(b) }

// MediaTypeOf returns the media type of a manifest without a Content-Type: its mediaType
// field, otherwise the type that matches its fields. It fails if that is not a manifest.
func MediaTypeOf(raw []byte) (types.MediaType, error) { return content.MediaTypeOf(raw) }

// GetManifest is [content.Registry.GetManifest].
func (c *Client) GetManifest(ctx context.Context, ref name.Reference) (Manifest, error) {
	return c.contentsOf(ref.Context()).GetManifest(ctx, ref)
}

// ReadManifest is GetManifest for interfaces that can't name a type of this package.
func (c *Client) ReadManifest(ctx context.Context, ref name.Reference) (v1.Descriptor, []byte, error) {
	m, err := c.GetManifest(ctx, ref)
	return m.Descriptor, m.Bytes, err
}

// HeadManifest is [content.Registry.HeadManifest].
func (c *Client) HeadManifest(ctx context.Context, ref name.Reference) (v1.Descriptor, error) {
	return c.contentsOf(ref.Context()).HeadManifest(ctx, ref)
}

// PutManifest is [content.Registry.PutManifest].
func (c *Client) PutManifest(ctx context.Context, ref name.Reference, mediaType types.MediaType, raw []byte) (http.Header, error) {
	return c.contentsOf(ref.Context()).PutManifest(ctx, ref, mediaType, raw)
}

// PutTags is [content.Registry.PutTags].
func (c *Client) PutTags(ctx context.Context, repo name.Repository, tags []string, d v1.Descriptor, raw []byte) error {
	return c.contentsOf(repo).PutTags(ctx, repo, tags, d, raw)
}

// DeleteManifest is [content.Registry.DeleteManifest].
func (c *Client) DeleteManifest(ctx context.Context, ref name.Reference) error {
	return c.contentsOf(ref.Context()).DeleteManifest(ctx, ref)
}

// GetBlob is [content.Registry.GetBlob].
func (c *Client) GetBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor) (io.ReadCloser, error) {
	return c.contentsOf(repo).GetBlob(ctx, repo, desc)
}

// ReadBlob is [content.Registry.ReadBlob].
func (c *Client) ReadBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor, limit int64) ([]byte, error) {
	return c.contentsOf(repo).ReadBlob(ctx, repo, desc, limit)
}

// HeadBlob is [content.Registry.HeadBlob].
func (c *Client) HeadBlob(ctx context.Context, repo name.Repository, h v1.Hash) (int64, error) {
	return c.contentsOf(repo).HeadBlob(ctx, repo, h)
}

// PutBlob is [content.Registry.PutBlob].
func (c *Client) PutBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor, open Opener) error {
	return c.contentsOf(repo).PutBlob(ctx, repo, desc, open)
}

// CopyBlob is [content.Registry.CopyBlob] for a blob of the repository from.
func (c *Client) CopyBlob(ctx context.Context, to, from name.Repository, desc v1.Descriptor, sending func()) (BlobOutcome, error) {
	open := func(ctx context.Context) (io.ReadCloser, error) { return c.GetBlob(ctx, from, desc) }
	return c.contentsOf(to).CopyBlob(ctx, to, from, desc, open, sending)
}

// Contents returns what reads and writes the manifests and blobs of a registry.
func (c *Client) Contents(registry name.Registry) *content.Registry {
	return c.hostOf(registry).contents
}

func (c *Client) contentsOf(repo name.Repository) *content.Registry { return c.Contents(repo.Registry) }
