package store

import (
	"context"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A DryRun is a target that reports all content as present, so that nothing is read or copied for
// it, and stores nothing.
type DryRun struct{ name string }

// NewDryRun returns a target in place of the one called name.
func NewDryRun(name string) DryRun { return DryRun{name} }

// Name implements Source.
func (d DryRun) Name() string { return d.name }

// Lookup implements Source: all digests exist, and no tags.
func (d DryRun) Lookup(_ context.Context, ref string) (v1.Descriptor, error) {
	digest, err := v1.NewHash(ref)
	if err != nil {
		return v1.Descriptor{}, d.missing(ref)
	}
	return v1.Descriptor{Digest: digest}, nil
}

// Read implements Source: nothing can be read.
func (d DryRun) Read(_ context.Context, ref string) (Manifest, error) {
	return Manifest{}, d.missing(ref)
}

// BlobSize implements Source: all blobs exist.
func (d DryRun) BlobSize(context.Context, v1.Hash) (int64, error) { return -1, nil }

// OpenBlob implements Source: nothing can be read.
func (d DryRun) OpenBlob(_ context.Context, blob v1.Descriptor) (io.ReadCloser, error) {
	return nil, d.missing(blob.Digest.String())
}

func (d DryRun) missing(ref string) error {
	return &NotFoundError{What: d.name + " has no " + ref + " in a dry run"}
}

// WriteBlob implements Target and does nothing.
func (d DryRun) WriteBlob(context.Context, v1.Descriptor, Opener) error { return nil }

// CopyBlob implements Target: all blobs exist.
func (d DryRun) CopyBlob(context.Context, Source, v1.Descriptor, func()) (Outcome, error) {
	return Present, nil
}

// Write implements Target and does nothing.
func (d DryRun) Write(context.Context, Manifest, string) error { return nil }

// Attach implements Target and does nothing.
func (d DryRun) Attach(context.Context, Manifest) error { return nil }

// Undeleted is a store that ignores all deletions.
type Undeleted struct{ Store }

// Delete implements Store and does nothing.
func (u Undeleted) Delete(context.Context, v1.Hash) error { return nil }

// Untag implements Store and does nothing.
func (u Undeleted) Untag(context.Context, string) error { return nil }
