package storage

import (
	"errors"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Store stores content by digest, and a record of the contents of repositories. It checks nothing: digests were
// verified and names parsed before. Its methods may be called concurrently, but those that change a digest or a
// repository only one at a time.
type Store interface {
	// Create starts a draft. sizeHint is the expected size in bytes, or negative if unknown.
	Create(sizeHint int64) (Draft, error)
	// Open returns the content of a digest. The error is ErrNotFound if there is none.
	Open(v1.Hash) (Content, error)
	// Remove removes the content of a digest; missing content is not an error.
	Remove(v1.Hash) error

	// LinkBlob records that a repository has a blob; the others record manifests and tags, or delete the record.
	LinkBlob(name string, digest v1.Hash) error
	UnlinkBlob(name string, digest v1.Hash) error
	LinkManifest(name string, digest v1.Hash, mediaType types.MediaType) error
	UnlinkManifest(name string, digest v1.Hash) error
	LinkTag(name, tag string, digest v1.Hash) error
	UnlinkTag(name, tag string) error

	// Close releases the store. Closing again does nothing.
	Close() error
}

// Draft is content that is being received. It ends with Commit or Discard; a later Discard does nothing.
type Draft interface {
	io.Writer
	io.ReaderFrom
	// Truncate cuts the draft back to size bytes.
	Truncate(size int64) error
	// CopyTo writes the received content to w.
	CopyTo(w io.Writer) error
	// Commit makes the draft the content of digest. Existing content is kept.
	Commit(digest v1.Hash) error
	// Discard removes the draft.
	Discard()
}

// Content is the bytes of a digest, open for reading.
type Content interface {
	io.Closer
	// Size returns the size in bytes.
	Size() int64
	// WriteRange writes length bytes of the content, beginning at start, to w.
	WriteRange(w io.Writer, start, length int64) error
}

// ErrNotFound is the error for a digest without content.
var ErrNotFound = errors.New("no such content")

var errInUse = errors.New("another process is using it")
