package registry

import (
	"errors"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// store stores content by digest, and a record of the contents of repositories. It checks nothing: digests were
// verified and names parsed before. Its methods may be called concurrently, but those that change a digest or a
// repository only under the catalog's lock.
type store interface {
	// create starts a draft. sizeHint is the expected size in bytes, or negative if unknown.
	create(sizeHint int64) (draft, error)
	// open returns the content of a digest. The error is errNoContent if there is none.
	open(v1.Hash) (content, error)
	// remove removes the content of a digest; missing content is not an error.
	remove(v1.Hash) error

	linkBlob(name string, digest v1.Hash) error
	unlinkBlob(name string, digest v1.Hash) error
	linkManifest(name string, digest v1.Hash, mediaType types.MediaType) error
	unlinkManifest(name string, digest v1.Hash) error
	linkTag(name, tag string, digest v1.Hash) error
	unlinkTag(name, tag string) error

	close() error
}

// draft is content that is being received. It ends with commit or discard; a later discard does nothing.
type draft interface {
	io.Writer
	io.ReaderFrom
	// truncate cuts the draft back to size bytes.
	truncate(size int64) error
	// copyTo writes the received content to w.
	copyTo(w io.Writer) error
	// commit makes the draft the content of digest. Existing content is kept.
	commit(digest v1.Hash) error
	discard()
}

// content is the bytes of a digest, open for reading.
type content interface {
	io.Closer
	size() int64
	// writeRange writes length bytes of the content, beginning at start, to w.
	writeRange(w io.Writer, start, length int64) error
}

var (
	errNoContent = errors.New("no such content")
	errInUse     = errors.New("another process is using it")
)
