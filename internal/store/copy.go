package store

import (
	"context"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/remote"
)

// copyBytes copies a blob between stores of different kinds, unless it exists.
func copyBytes(ctx context.Context, to Target, from Source, d v1.Descriptor, sending func()) (Outcome, error) {
	size, err := to.BlobSize(ctx, d.Digest)
	switch {
	case err == nil && size >= 0 && size != d.Size:
		return 0, fmt.Errorf("blob %s@%s: %w", to.Name(), d.Digest, &remote.SizeError{Want: d.Size, Got: size})
	case err == nil:
		return Present, nil
	case !IsNotFound(err):
		return 0, err
	}
	source, fromRegistry := from.(*Registry)
	if _, toRegistry := to.(*Registry); fromRegistry && !toRegistry { // whose client looks after it
		stream, err := source.client.Stream(ctx, d.Size)
		if err != nil {
			return 0, err
		}
		defer stream.Leave()
		from = &streaming{Registry: source, stream: stream}
	}
	if sending != nil {
		sending()
	}
	return Sent, to.WriteBlob(ctx, d, func(ctx context.Context) (io.ReadCloser, error) { return from.OpenBlob(ctx, d) })
}

type streamBody struct {
	io.ReadCloser
	stream *remote.Stream
}

func (b *streamBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.stream.Moved(int64(n))
	return n, err
}

// streaming reports the bytes that are read.
type streaming struct {
	*Registry
	stream *remote.Stream
}

// OpenBlob implements Source.
func (s *streaming) OpenBlob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	content, err := s.Registry.OpenBlob(ctx, d)
	if err != nil {
		return nil, err
	}
	return &streamBody{content, s.stream}, nil
}
