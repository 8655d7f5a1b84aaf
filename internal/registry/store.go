package registry

import (
	"errors"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// store keeps content by digest, and a record of what is in which repository. It checks nothing: digests were verified
// and names parsed before. Its methods may be called concurrently, but those that change one digest, or one repository,
// only under the catalog's lock.
type store interface {
	// create starts a draft. sizeHint is the expected size in bytes, or negative when it is not known.
	create(sizeHint int64) (draft, error)
	// open returns the content of a digest. The error is errNoContent when there is none.
	open(v1.Hash) (content, error)
	// remove forgets the content of a digest; to remove what is not there is no error.
	remove(v1.Hash) error

	linkBlob(name string, digest v1.Hash) error
	unlinkBlob(name string, digest v1.Hash) error
	linkManifest(name string, digest v1.Hash, mediaType types.MediaType) error
	unlinkManifest(name string, digest v1.Hash) error
	linkTag(name, tag string, digest v1.Hash) error
	unlinkTag(name, tag string) error

	close() error
}

// draft is content on its way in. It ends with commit or discard; a discard after that does nothing.
type draft interface {
	io.Writer
	io.ReaderFrom
	// truncate cuts the draft back to size bytes.
	truncate(size int64) error
	// copyTo writes to w what was received so far.
	copyTo(w io.Writer) error
	// commit makes the draft the content of digest. Content that is already there stays.
	commit(digest v1.Hash) error
	discard()
}

// content is the bytes of a digest, open for reading.
type content interface {
	io.Closer
	size() int64
	// writeRange writes length bytes to w, which the content has from start on.
	writeRange(w io.Writer, start, length int64) error
}

var (
	errNoContent = errors.New("no such content")
	errInUse     = errors.New("another process is using it")
)
