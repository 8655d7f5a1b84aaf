package registry

import (
	"errors"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A Base is initial content of a registry: each of its repositories has all of it as blobs. It never changes.
type Base interface {
	// Size returns the size of a blob in bytes; ok is false if the blob does not exist.
	Size(v1.Hash) (size int64, ok bool)
	// Reader returns the content of a blob, or nil if it does not exist.
	Reader(v1.Hash) *io.SectionReader
}

// WithBase makes a registry also serve the content of base. Pushed content is stored separately.
func WithBase(base Base) Option { return func(s *settings) { s.base = base } }

// baseSize returns the size of a blob of the base, if there is one.
func baseSize(base Base, digest v1.Hash) (size int64, ok bool) {
	if base == nil {
		return 0, false
	}
	return base.Size(digest)
}

// A basedStore is a store that also has the content of a base.
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

// Seal makes the registry read-only.
func (r *Registry) Seal() { r.sealed.Store(true) }
