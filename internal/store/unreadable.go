package store

import (
	"context"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Unreadable returns a Source whose methods all return err.
func Unreadable(name string, err error) Source { return unreadable{name, err} }

type unreadable struct {
	name string
	err  error
}

func (u unreadable) Name() string { return u.name }

func (u unreadable) Lookup(context.Context, string) (v1.Descriptor, error) {
	return v1.Descriptor{}, u.err
}

func (u unreadable) Read(context.Context, string) (Manifest, error) { return Manifest{}, u.err }

func (u unreadable) BlobSize(context.Context, v1.Hash) (int64, error) { return 0, u.err }

func (u unreadable) OpenBlob(context.Context, v1.Descriptor) (io.ReadCloser, error) {
	return nil, u.err
}
