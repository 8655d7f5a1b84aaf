package archive

import (
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A Stream is an archive that is read once, from start to end.
type Stream struct {
	// Index is the index.json of the layout.
	Index []byte

	entries *entries
	current *entry
}

// ErrOrder reports that an archive can't be read as a stream, because its index.json comes
// after the content.
var ErrOrder = errors.New("its index.json comes after its content")

// NewStream reads the beginning of an archive, which may be compressed. It returns
// [ErrOrder] if index.json is not there.
func NewStream(r io.Reader) (*Stream, error) {
	content, _, err := decompress(r)
	if errors.Is(err, errEmpty) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("it can't be read: %w", err)
	}
	s := &Stream{entries: newEntries(content)}
	for s.Index == nil {
		e, err := s.entries.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, checkIndex(nil)
		case err != nil:
			return nil, err
		case e.digest != v1.Hash{}:
			return nil, ErrOrder
		case e.name == indexName:
			if s.Index, err = io.ReadAll(s.entries); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// Next moves to the next blob and returns its digest and size; io.EOF at the end. Its
// content can be read until the next call.
func (s *Stream) Next() (v1.Hash, int64, error) {
	if e := s.current; e != nil {
		s.current = nil
		return e.digest, e.size, nil
	}
	for {
		e, err := s.entries.next()
		if err != nil {
			return v1.Hash{}, 0, err
		}
		if e.digest != (v1.Hash{}) {
			return e.digest, e.size, nil
		}
	}
}

// Unread makes the next call of Next return the same blob again. Nothing of
// it may have been read.
func (s *Stream) Unread(digest v1.Hash, size int64) { s.current = &entry{digest: digest, size: size} }

// Read reads the content of the blob that Next returned.
func (s *Stream) Read(p []byte) (int, error) { return s.entries.Read(p) }
