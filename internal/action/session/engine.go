package session

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/store"
)

// An Engine is a container engine with images that are not in a registry.
type Engine interface {
	// HasImage reports whether it has an image.
	HasImage(ctx context.Context, ref string) (bool, error)
	// SaveImage writes an image to a file, in the format of docker image save.
	SaveImage(ctx context.Context, ref, file string) error
}

// EngineImages takes images from an engine.
type EngineImages struct {
	Engine Engine
	// Dir is an empty folder for the images, which must exist until they are pushed.
	Dir string
	// ProbeOnly only checks which images the engine has, and reads none.
	ProbeOnly bool
}

// engineImage reads an image from an engine, or returns nil if the engine does not have it.
// The engine writes it to a file once, so that no complete layer is held in memory.
func (s *Session) engineImage(ctx context.Context, from *EngineImages, ref string) (*artifact.Image, error) {
	there, err := from.Engine.HasImage(ctx, ref)
	if err != nil || !there {
		return nil, err
	}
	if from.ProbeOnly {
		return &artifact.Image{}, nil
	}
	file, err := os.CreateTemp(from.Dir, "*.tar")
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	if err := from.Engine.SaveImage(ctx, ref, file.Name()); err != nil {
		return nil, err
	}
	saved, err := tarball.ImageFromPath(file.Name(), nil)
	if err != nil {
		return nil, fmt.Errorf("reading %s, which the engine saved: %w", ref, err)
	}
	source, err := newEngineSource(ref, saved)
	if err != nil {
		return nil, fmt.Errorf("reading %s, which the engine saved: %w", ref, err)
	}
	digest := source.manifest.Descriptor.Digest.String()
	if _, pinned, ok := strings.Cut(ref, "@"); ok && pinned != digest {
		return nil, fmt.Errorf("reading %s from the engine: the engine's image has the digest %s there; push it to a registry with docker push", ref, digest)
	}
	image, err := s.ReadImage(ctx, source, digest)
	if err != nil {
		return nil, err
	}
	s.engineSources.Store(source.manifest.Descriptor.Digest, source)
	return image, nil
}

// An engineSource is an image that an engine saved.
type engineSource struct {
	name     string
	manifest store.Manifest
	config   v1.Descriptor
	image    v1.Image
}

func newEngineSource(ref string, image v1.Image) (*engineSource, error) {
	raw, err := image.RawManifest()
	if err != nil {
		return nil, err
	}
	mediaType, err := image.MediaType()
	if err != nil {
		return nil, err
	}
	digest, err := image.Digest()
	if err != nil {
		return nil, err
	}
	manifest, err := image.Manifest()
	if err != nil {
		return nil, err
	}
	d := v1.Descriptor{MediaType: mediaType, Digest: digest, Size: int64(len(raw))}
	return &engineSource{name: "the engine's " + ref, manifest: store.Manifest{Descriptor: d, Bytes: raw}, config: manifest.Config, image: image}, nil
}

func (e *engineSource) Name() string { return e.name }

func (e *engineSource) Lookup(_ context.Context, ref string) (v1.Descriptor, error) {
	if ref != e.manifest.Descriptor.Digest.String() {
		return v1.Descriptor{}, e.missing(ref)
	}
	return e.manifest.Descriptor, nil
}

func (e *engineSource) Read(ctx context.Context, ref string) (store.Manifest, error) {
	if _, err := e.Lookup(ctx, ref); err != nil {
		return store.Manifest{}, err
	}
	return e.manifest, nil
}

func (e *engineSource) BlobSize(_ context.Context, digest v1.Hash) (int64, error) {
	if digest == e.config.Digest {
		return e.config.Size, nil
	}
	layer, err := e.image.LayerByDigest(digest)
	if err != nil {
		return 0, e.missing(digest.String())
	}
	return layer.Size()
}

func (e *engineSource) OpenBlob(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	if d.Digest == e.config.Digest {
		config, err := e.image.RawConfigFile()
		if err != nil {
			return nil, err
		}
		return store.Verified(io.NopCloser(bytes.NewReader(config)), d)
	}
	layer, err := e.image.LayerByDigest(d.Digest)
	if err != nil {
		return nil, e.missing(d.Digest.String())
	}
	content, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	return store.Verified(content, d)
}

func (e *engineSource) missing(what string) error {
	return &store.NotFoundError{What: what + " in " + e.name}
}
