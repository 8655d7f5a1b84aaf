package session

import (
	"context"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/store"
)

// Resolve looks up ref in the registry: one request, and more only for a
// platform that is only in the config of an image, or for a nested index.
func (s *Session) Resolve(ctx context.Context, ref name.Reference) (*artifact.Image, error) {
	return s.resolveIn(ctx, s.Registry(ref.Context()), ref)
}

// resolveIn looks up ref in a store.
func (s *Session) resolveIn(ctx context.Context, in store.Source, ref name.Reference) (*artifact.Image, error) {
	image, err := s.ReadImage(ctx, in, ref.Identifier())
	if err != nil {
		return nil, err
	}
	image.Ref = ref
	return image, nil
}

// ReadImage reads an image's manifests and platforms.
func (s *Session) ReadImage(ctx context.Context, in store.Source, ref string) (*artifact.Image, error) {
	root, err := in.Read(ctx, ref)
	if err == nil {
		err = s.Budget.TakeBytes(root.Descriptor.Size)
	}
	if err != nil {
		return nil, err
	}
	return artifact.NewImage(RefName(in, ref), artifact.Content(root), func(d v1.Descriptor) ([]byte, error) {
		if graph.IsManifest(d) {
			m, err := s.Copier.Manifest(ctx, in, d)
			return m.Bytes, err
		}
		content, err := in.OpenBlob(ctx, d)
		if err != nil {
			return nil, err
		}
		defer content.Close()
		return io.ReadAll(content)
	})
}
