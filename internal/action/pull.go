package action

import (
	"bytes"
	"context"
	"io"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/internal/unpack"
)

// Unpack writes all files of a composition below a folder, verified: see [unpack.Files].
func (s *Session) Unpack(ctx context.Context, from store.Source, c artifact.Composition, options unpack.Options) ([]unpack.File, error) {
	layers, err := c.Layers()
	if err != nil {
		return nil, err
	}
	return unpack.Files(ctx, layers, options, func(ctx context.Context, l artifact.Layer) (io.ReadCloser, error) {
		if l.InMemory {
			return io.NopCloser(bytes.NewReader(l.File.Content)), nil
		}
		return from.OpenBlob(ctx, l.Descriptor)
	})
}
