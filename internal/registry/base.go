package registry

import (
	"errors"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A Base is content that a registry has from the start: each of its repositories has all of
// it as blobs. It is never changed.
type Base interface {
	// Size returns the size of a blob in bytes; ok is false where it is not there.
	Size(v1.Hash) (size int64, ok bool)
	// Reader returns the content of a blob, or nil where it is not there.
	Reader(v1.Hash) *io.SectionReader
}

// WithBase has a registry serve what base has. What is pushed is kept beside it.
func WithBase(base Base) Option { return func(s *settings) { s.base = base } }

// baseSize is the size of a blob of the base, if there is one.
func baseSize(base Base, digest v1.Hash) (size int64, ok bool) {
	if base == nil {
		return 0, false
	}
	return base.Size(digest)
}

// A basedStore is a store that also has what a base has.
type basedStore struct {
	store
	base Base
}

func (b basedStore) open(digest v1.Hash) (content, error) {
	own, err := b.store.open(digest)
	if !errors.Is(err, errNoContent) {
		return own, err
	}
	if r := b.base.Reader(digest); r != nil {
		return baseContent{r}, nil
	}
	return nil, errNoContent
}

// baseContent is a blob of a base.
type baseContent struct{ reader *io.SectionReader }

func (c baseContent) size() int64  { return c.reader.Size() }
func (c baseContent) Close() error { return nil }

func (c baseContent) writeRange(w io.Writer, start, length int64) error {
	_, err := io.Copy(w, io.NewSectionReader(c.reader, start, length))
	return err
}

// Seal ends all changes: from now on the registry only reads.
func (r *Registry) Seal() { r.sealed.Store(true) }
