package action

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
)

// configLimit bounds an image's config in bytes: real ones have some kilobytes.
const configLimit = 4 << 20

// Resolve asks the registry what ref points at: one request, and two more for an image of
// a single platform, whose platform stands in its config.
func (s *Session) Resolve(ctx context.Context, ref name.Reference) (*artifact.Image, error) {
	image, err := readImage(ctx, Location{s.Registry(ref.Context()), ref.Identifier()})
	if err != nil {
		return nil, err
	}
	image.Ref = ref
	return image, nil
}

// readImage reads what an image is.
func readImage(ctx context.Context, at Location) (*artifact.Image, error) {
	root, err := at.Store.Read(ctx, at.Ref)
	if err != nil {
		return nil, err
	}
	return artifact.NewImage(at.String(), artifact.Content(root), func(d v1.Descriptor) (*v1.ConfigFile, error) {
		if d.Size > configLimit {
			return nil, fmt.Errorf("reading %s: its %d bytes are more than a config may have", d.Digest, d.Size)
		}
		content, err := at.Store.OpenBlob(ctx, d)
		if err != nil {
			return nil, err
		}
		defer content.Close()
		raw, err := io.ReadAll(content)
		if err != nil {
			return nil, err
		}
		var config v1.ConfigFile
		if err := json.Unmarshal(raw, &config); err != nil {
			return nil, fmt.Errorf("reading %s: %w", d.Digest, err)
		}
		return &config, nil
	})
}
