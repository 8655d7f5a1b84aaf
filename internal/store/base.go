package store

import (
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/archive"
)

// Blobs gives random access to the blobs of a file.
type Blobs interface {
	Size(v1.Hash) (size int64, ok bool)
	Reader(v1.Hash) *io.SectionReader
}

// BlobsOf returns the blobs of a layout in a folder or a file. It fails for any other store.
func BlobsOf(s Source) (Blobs, error) {
	switch s := s.(type) {
	case *Archive:
		return s.file, nil
	case *Layout:
		return layoutBlobs{s}, nil
	}
	return nil, fmt.Errorf("%s is not a file", s.Name())
}

var _ Blobs = (*archive.File)(nil)

// layoutBlobs are the blobs of a folder.
type layoutBlobs struct{ layout *Layout }

func (l layoutBlobs) Size(digest v1.Hash) (int64, bool) {
	size, err := l.layout.statBlob(digest)
	return size, err == nil
}

func (l layoutBlobs) Reader(digest v1.Hash) *io.SectionReader {
	size, ok := l.Size(digest)
	if !ok {
		return nil
	}
	return io.NewSectionReader(fileAt{l.layout.blobPath(digest)}, 0, size)
}

// fileAt opens a file for each read, so that nothing has to be closed.
type fileAt struct{ path string }

func (f fileAt) ReadAt(p []byte, offset int64) (int, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	return file.ReadAt(p, offset)
}
