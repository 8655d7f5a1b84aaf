package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/archive"
)

// An Archive is an OCI image layout in a tar file, which can only be read. It is safe for
// concurrent use.
type Archive struct {
	contents
	readOnly
	file *archive.File
}

// ArchivePrefix is the prefix of references to archives.
const ArchivePrefix = "oci-archive:"

// OpenArchive opens an image layout in a tar file. It returns [archive.ErrCompressed] for
// a compressed file, which can only be read from start to end.
func OpenArchive(path string) (*Archive, error) {
	file, err := archive.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotFoundError{What: fmt.Sprintf("no such file: %s", path), Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, err
	}
	a := &Archive{file: file, readOnly: readOnly{path}}
	a.contents = contents{
		name: ArchivePrefix + path, where: path,
		index: func() ([]byte, error) { return file.Index, nil },
		size: func(digest v1.Hash) (int64, error) {
			size, ok := file.Size(digest)
			if !ok {
				return 0, a.missing(digest)
			}
			return size, nil
		},
		open: func(digest v1.Hash) (io.ReadCloser, error) {
			content := file.Reader(digest)
			if content == nil {
				return nil, a.missing(digest)
			}
			return io.NopCloser(content), nil
		},
	}
	return a, nil
}

// Close closes the file.
func (a *Archive) Close() error { return a.file.Close() }

// OpenFile opens an image layout, in a folder or a tar file.
func OpenFile(path string) (Store, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return OpenLayout(path)
	}
	return OpenArchive(path)
}

// readOnly implements the writing methods of read-only stores.
type readOnly struct{ path string }

func (r readOnly) err() error {
	return fmt.Errorf("%s is read-only: save creates a new file, and load copies its content", r.path)
}

// CheckDeletable returns an error for a store from which nothing can be deleted.
func CheckDeletable(s Store) error {
	if r, ok := s.(interface{ err() error }); ok {
		return r.err()
	}
	return nil
}

// WriteBlob implements Target.
func (r readOnly) WriteBlob(context.Context, v1.Descriptor, Opener) error { return r.err() }

// CopyBlob implements Target.
func (r readOnly) CopyBlob(context.Context, Source, v1.Descriptor, func()) (Outcome, error) {
	return 0, r.err()
}

// Write implements Target.
func (r readOnly) Write(context.Context, Manifest, string) error { return r.err() }

// Attach implements Target.
func (r readOnly) Attach(context.Context, Manifest) error { return r.err() }

// Untag implements Store.
func (r readOnly) Untag(context.Context, string) error { return r.err() }

// Delete implements Store.
func (r readOnly) Delete(context.Context, v1.Hash) error { return r.err() }
