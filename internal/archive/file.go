package archive

import (
	"errors"
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A File is an uncompressed archive, whose blobs can be read in any order.
// It is safe for concurrent use.
type File struct {
	// Index is the index.json of the layout.
	Index []byte

	file  *os.File
	blobs map[v1.Hash]section
}

// A section is the position of a blob in the file, in bytes.
type section struct{ offset, size int64 }

// ErrCompressed reports that an archive can only be read from start to end.
var ErrCompressed = errors.New("it is compressed")

// Open opens an archive and indexes its content. It returns [ErrCompressed] if it is
// compressed.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &File{file: file, blobs: map[v1.Hash]section{}}
	if err := f.scan(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", path, err), file.Close())
	}
	return f, nil
}

func (f *File) scan() error {
	if _, how, err := decompress(f.file); err != nil || how != None {
		if how != None {
			return ErrCompressed
		}
		return err
	}
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	// The library seeks over contents, so the file is at the content when an entry begins.
	all := newEntries(f.file)
	for {
		e, err := all.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		offset, err := f.file.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		if e.size > info.Size()-offset {
			return errors.New("it is truncated")
		}
		switch {
		case e.name == indexName:
			if f.Index, err = io.ReadAll(all); err != nil {
				return err
			}
		case e.digest != v1.Hash{}:
			f.blobs[e.digest] = section{offset, e.size}
		}
	}
	return checkIndex(f.Index)
}

// checkIndex rejects an archive that is not an image layout.
func checkIndex(index []byte) error {
	if index == nil {
		return errors.New("it is not an image layout: it has no index.json")
	}
	return nil
}

// Size returns the size of a blob in bytes; ok is false if it does not exist.
func (f *File) Size(digest v1.Hash) (size int64, ok bool) {
	s, ok := f.blobs[digest]
	return s.size, ok
}

// Reader returns the content of a blob, or nil if it does not exist.
func (f *File) Reader(digest v1.Hash) *io.SectionReader {
	s, ok := f.blobs[digest]
	if !ok {
		return nil
	}
	return io.NewSectionReader(f.file, s.offset, s.size)
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }
