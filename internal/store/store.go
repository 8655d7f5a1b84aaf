// Package store is what packages and images are in, and go to: the repository of a
// registry, an image layout on disk, or nothing at all in a dry run.
//
//	Source   has and reads manifests and blobs     Registry  Layout
//	Target   takes them, from a Source             Registry  Layout  DryRun
//	Store    also lists, refers and deletes        Registry  Layout
//
// A manifest is written after what it refers to, and a tag last: what a tag points at is
// whole.
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

// A Source has manifests and blobs. Errors about what is not there are such that
// [IsNotFound] holds.
type Source interface {
	// Name is what references to the content begin with, for people: a repository's name,
	// or a layout's path.
	Name() string
	// Lookup returns the descriptor of the manifest that a tag or digest names.
	Lookup(ctx context.Context, ref string) (v1.Descriptor, error)
	// Read returns the manifest that a tag or digest names, verified.
	Read(ctx context.Context, ref string) (Manifest, error)
	// BlobSize returns the size of a blob in bytes; -1 if the store can't tell.
	BlobSize(ctx context.Context, digest v1.Hash) (int64, error)
	// OpenBlob opens a blob, which is verified while it is read: Read returns an error in
	// the place of io.EOF where the content is not what its descriptor says.
	OpenBlob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error)
}

// A Target takes manifests and blobs.
type Target interface {
	Source
	// WriteBlob writes a blob, without asking before whether it is there.
	WriteBlob(ctx context.Context, d v1.Descriptor, open Opener) error
	// CopyBlob brings a blob from another store, and tells how. It calls sending before
	// bytes pass.
	CopyBlob(ctx context.Context, from Source, d v1.Descriptor, sending func()) (Outcome, error)
	// Write writes a manifest under a tag, or by its digest where tag is empty.
	Write(ctx context.Context, m Manifest, tag string) error
	// Attach writes a manifest that has a subject, by its digest, and returns when the
	// referrers of the subject list it.
	Attach(ctx context.Context, m Manifest) error
}

// A tagger is a Target that writes a manifest under several tags in fewer steps than one for each.
type tagger interface {
	writeTags(ctx context.Context, m Manifest, tags []string) error
}

// WriteTags writes a manifest under tags: the first one first.
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

// A Store is a Target that also lists what it has, and deletes it.
type Store interface {
	Target
	// Tags lists the tags.
	Tags(ctx context.Context) ([]string, error)
	// Attached lists what refers to a digest, which need not be there.
	Attached(ctx context.Context, digest v1.Hash) ([]v1.Descriptor, error)
	// Referrers returns the manifest that a tag or digest names, with what refers to it and,
	// if it is an index, to the manifests in it. The manifest is read once.
	Referrers(ctx context.Context, ref string, filter ...referrers.ListOption) (*referrers.Node, error)
	// Untag deletes a tag and leaves what it points at, with its other tags. It returns an
	// [UntagError] where the store can't do that; nothing was deleted then.
	Untag(ctx context.Context, tag string) error
	// Delete deletes a manifest, and takes it off the list of its subject's referrers first.
	Delete(ctx context.Context, digest v1.Hash) error
}

// An Outcome is how a blob came to a target.
type Outcome int

// The ways for a blob to come to a target.
const (
	// Sent: its bytes passed.
	Sent Outcome = iota
	// Mounted: the registry shares it between repositories.
	Mounted
	// Present: it was there already.
	Present
)
