package storage

import (
	"errors"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Base is initial content of a registry: each of its repositories has all of it as blobs. It never changes.
type Base interface {
	// Size returns the size of a blob in bytes; ok is false if the blob does not exist.
	Size(v1.Hash) (size int64, ok bool)
	// Reader returns the content of a blob, or nil if it does not exist.
	Reader(v1.Hash) *io.SectionReader
}

// A basedStore is a store that also has the content of a base.
type basedStore struct {
	Store
	base Base
}

func (b basedStore) Open(digest v1.Hash) (Content, error) {
	own, err := b.Store.Open(digest)
	if !errors.Is(err, ErrNotFound) {
		return own, err
	}
	if r := b.base.Reader(digest); r != nil {
		return baseContent{r}, nil
	}
	return nil, ErrNotFound
}

// baseContent is a blob of a base.
type baseContent struct{ reader *io.SectionReader }

func (c baseContent) Size() int64  { return c.reader.Size() }
func (c baseContent) Close() error { return nil }

func (c baseContent) WriteRange(w io.Writer, start, length int64) error {
	_, err := io.Copy(w, io.NewSectionReader(c.reader, start, length))
	return err
}

// WithBase returns a store that also has the content of base.
func WithBase(own Store, base Base) Store { return basedStore{own, base} }
