// Package store defines where packages and images are stored: the repository of a
// registry, an image layout on disk, or nowhere in a dry run.
//
//	Source   has and reads manifests and blobs     Registry  Layout
//	Target   accepts them from a Source            Registry  Layout  DryRun
//	Store    also lists, attaches and deletes      Registry  Layout
//
// A manifest is written after everything it refers to, and a tag last, so a tagged package
// is complete.
package store

import (
	"context"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/referrers"
)

// A Manifest is a manifest or index with its descriptor.
type Manifest = remote.Manifest

// An Opener opens the content of a blob from its start.
type Opener = remote.Opener

// A Source has manifests and blobs. For errors about missing content,
// [IsNotFound] returns true.
type Source interface {
	// Name returns the prefix of references to the content: a repository's name,
	// or a layout's path.
	Name() string
	// Lookup returns the descriptor of the manifest with a tag or digest.
	Lookup(ctx context.Context, ref string) (v1.Descriptor, error)
	// Read returns the manifest with a tag or digest, verified.
	Read(ctx context.Context, ref string) (Manifest, error)
	// BlobSize returns the size of a blob in bytes; -1 if the store does not know it.
	BlobSize(ctx context.Context, digest v1.Hash) (int64, error)
	// OpenBlob opens a blob, which is verified while it is read: Read returns an error
	// instead of io.EOF if the content does not match its descriptor.
	OpenBlob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error)
}

// A Target accepts manifests and blobs.
type Target interface {
	Source
	// WriteBlob writes a blob, without checking first whether it exists.
	WriteBlob(ctx context.Context, d v1.Descriptor, open Opener) error
	// CopyBlob copies a blob from another store, and returns how. It calls sending before
	// bytes are transferred.
	CopyBlob(ctx context.Context, from Source, d v1.Descriptor, sending func()) (Outcome, error)
	// Write writes a manifest under a tag, or by its digest if tag is empty.
	Write(ctx context.Context, m Manifest, tag string) error
	// Attach writes a manifest that has a subject, by its digest, and returns when the
	// referrers of the subject list it.
	Attach(ctx context.Context, m Manifest) error
}

// A Store is a Target that also lists and deletes its content.
type Store interface {
	Target
	// Tags lists the tags.
	Tags(ctx context.Context) ([]string, error)
	// Attached lists the referrers of a digest, which need not exist.
	Attached(ctx context.Context, digest v1.Hash) ([]v1.Descriptor, error)
	// Referrers returns the manifest with a tag or digest, with its referrers and,
	// if it is an index, those of its manifests. The manifest is read once.
	Referrers(ctx context.Context, ref string, filter ...referrers.ListOption) (*referrers.Node, error)
	// Untag deletes a tag and keeps its manifest and the other tags. It returns an
	// [UntagError] if the store can't do that; nothing was deleted then.
	Untag(ctx context.Context, tag string) error
	// Delete deletes a manifest, and removes it first from the referrers of its subject.
	Delete(ctx context.Context, digest v1.Hash) error
}

// An Outcome is how a target got a blob.
type Outcome int

// How a target gets a blob.
const (
	// Sent: its bytes were transferred.
	Sent Outcome = iota
	// Mounted: the registry shares it between repositories.
	Mounted
	// Present: the target had it already.
	Present
)
