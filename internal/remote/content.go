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

// GetManifest reads the manifest of a tag or digest, at most MaxManifestSize bytes. It
// verifies the digest against the reference, and against the Docker-Content-Digest header
// if there is one. The media type is that of the Content-Type header, and must match the
// manifest's own mediaType field.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests.
func (c *Client) GetManifest(ctx context.Context, ref name.Reference) (Manifest, error) {
	return c.contentsOf(ref.Context()).GetManifest(ctx, ref)
}

// ReadManifest is GetManifest for interfaces that can't name a type of this package.
func (c *Client) ReadManifest(ctx context.Context, ref name.Reference) (v1.Descriptor, []byte, error) {
	m, err := c.GetManifest(ctx, ref)
	return m.Descriptor, m.Bytes, err
}

// HeadManifest returns the descriptor of a tag or digest. It reads the manifest only if the
// response to HEAD is incomplete.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry.
func (c *Client) HeadManifest(ctx context.Context, ref name.Reference) (v1.Descriptor, error) {
	return c.contentsOf(ref.Context()).HeadManifest(ctx, ref)
}

// PutManifest writes a manifest under a tag or digest and returns the response header, in
// which OCI-Subject reports that the registry processed a subject. If the registry does not
// have the manifest's content yet, it retries for a few seconds. If the registry rejects
// the manifest but already has it, that is a success: some registries reject the same
// content for an immutable tag. If the response does not give the manifest's digest, a HEAD
// request checks that the registry has it; otherwise the error is a [LostError].
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests.
func (c *Client) PutManifest(ctx context.Context, ref name.Reference, mediaType types.MediaType, raw []byte) (http.Header, error) {
	return c.contentsOf(ref.Context()).PutManifest(ctx, ref, mediaType, raw)
}

// PutTags writes a manifest under tags, the first one first, with one request if the registry
// accepts several tags.
//
// See https://github.com/opencontainers/distribution-spec/blob/967efdc079b91785ad18c77cc4f8991a47feefbf/spec.md#pushing-manifests.
func (c *Client) PutTags(ctx context.Context, repo name.Repository, tags []string, d v1.Descriptor, raw []byte) error {
	return c.contentsOf(repo).PutTags(ctx, repo, tags, d, raw)
}

// DeleteManifest deletes a manifest by digest, or a tag.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests.
func (c *Client) DeleteManifest(ctx context.Context, ref name.Reference) error {
	return c.contentsOf(ref.Context()).DeleteManifest(ctx, ref)
}

// GetBlob opens a blob for reading. The content is verified: if its digest or size differs
// from the descriptor, or the source can't be read to its end, Read returns an error
// instead of io.EOF. An interrupted stream is resumed with a range request. The caller must
// close the reader.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs.
func (c *Client) GetBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor) (io.ReadCloser, error) {
	return c.contentsOf(repo).GetBlob(ctx, repo, desc)
}

// ReadBlob reads a blob of at most limit bytes into memory, verified.
func (c *Client) ReadBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor, limit int64) ([]byte, error) {
	return c.contentsOf(repo).ReadBlob(ctx, repo, desc, limit)
}

// HeadBlob returns the size of a blob in bytes; -1 if the registry does not give it. The
// error for a missing blob satisfies IsNotFound.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry.
func (c *Client) HeadBlob(ctx context.Context, repo name.Repository, h v1.Hash) (int64, error) {
	return c.contentsOf(repo).HeadBlob(ctx, repo, h)
}

// PutBlob writes a blob: one POST that starts an upload, one PUT with the content. It does
// not check first whether the blob exists. An attempt that fails temporarily is repeated
// from the start, unless the blob has arrived.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#post-then-put.
func (c *Client) PutBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor, open Opener) error {
	return c.contentsOf(repo).PutBlob(ctx, repo, desc, open)
}

// CopyBlob copies a blob from the repository from to the repository to. Within a registry
// it mounts the blob without checking first whether it exists, because the response is the
// same. If the registry rejects the mount, or the registries differ, the content is sent,
// unless the blob exists. sending, which may be nil, is called once when that begins.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository.
func (c *Client) CopyBlob(ctx context.Context, to, from name.Repository, desc v1.Descriptor, sending func()) (BlobOutcome, error) {
	open := func(ctx context.Context) (io.ReadCloser, error) { return c.GetBlob(ctx, from, desc) }
	return c.contentsOf(to).CopyBlob(ctx, to, from, desc, open, sending)
}

func (c *Client) contentsOf(repo name.Repository) *content.Registry {
	return c.hostOf(repo.Registry).contents
}
