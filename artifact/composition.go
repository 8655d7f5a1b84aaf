package artifact

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"

	"github.com/ocompose/ocompose/internal/limits"
)

// A Composition is one manifest of a [Package]: the application for one platform, or the
// portable one.
type Composition struct {
	// Descriptor describes the manifest.
	Descriptor v1.Descriptor
	// Platform is nil for the portable composition, and for a composition outside an index
	// that does not name a platform.
	Platform *v1.Platform
	// Image is the manifest with its config and its files as layers. It is nil if only the
	// descriptor is known: see [Composition.Read]. The content of layers is in memory if the
	// composition was built, and in the source if it was read.
	Image v1.Image
	// Manifest is the parsed manifest of Image, nil if Image is nil.
	Manifest *v1.Manifest

	archive *openedArchive // nil if the files are layers
}

// Subject returns the image manifest that the composition is attached to, or nil.
func (c Composition) Subject() *v1.Descriptor {
	if c.Manifest == nil {
		return nil
	}
	return c.Manifest.Subject
}

// Content returns the manifest's descriptor and bytes; the bytes are nil if only the
// descriptor is known.
func (c Composition) Content() Content {
	content := Content{Descriptor: c.Descriptor}
	if c.Image != nil {
		content.Bytes, _ = c.Image.RawManifest() // in memory
	}
	return content
}

// Blobs returns the config and the layers, each digest once, with their bytes if those are
// in memory. The others are in the source that the composition was read from. The
// composition must have been read: see [Composition.Read].
func (c Composition) Blobs() ([]Content, error) {
	layers, err := c.Image.Layers()
	if err != nil {
		return nil, err
	}
	config, err := configBlob(c.Image, *c.Manifest)
	if err != nil {
		return nil, err
	}
	blobs := []Content{config}
	seen := map[v1.Hash]bool{config.Descriptor.Digest: true}
	for i, layer := range layers {
		d := c.Manifest.Layers[i]
		if seen[d.Digest] {
			continue
		}
		seen[d.Digest] = true
		content, err := inMemory(layer)
		if err != nil {
			return nil, err
		}
		blobs = append(blobs, Content{Descriptor: d, Bytes: content})
	}
	return blobs, nil
}

// configBlob returns a composition's config, with its bytes if it is the empty config.
func configBlob(image v1.Image, manifest v1.Manifest) (Content, error) {
	raw, err := image.RawConfigFile()
	if err != nil {
		return Content{}, err
	}
	content, err := newContent(manifest.Config.MediaType, raw)
	if err != nil || content.Descriptor.Digest == manifest.Config.Digest {
		content.Descriptor = manifest.Config
		return content, err
	}
	return Content{Descriptor: manifest.Config}, nil
}

// Read returns the composition with its manifest, whose digest the caller has checked. It
// returns a [NotCompositionError] for any other manifest; name is its reference, for
// messages.
func (c Composition) Read(name string, manifest Content) (Composition, error) {
	parsed, err := parseManifest(name, manifest)
	if err != nil {
		return c, err
	}
	config, content := parsed.Config, []byte(nil)
	if empty, err := newContent(config.MediaType, emptyConfig); err == nil && empty.Descriptor.Digest == config.Digest {
		content = emptyConfig
	}
	base, err := partial.CompressedToImage(storedManifest{artifactBase{parsed, content}, manifest})
	if err != nil {
		return c, err
	}
	c.Image, c.Manifest = base, &parsed
	return c, nil
}

// A storedManifest is a composition that was read.
type storedManifest struct {
	artifactBase
	content Content
}

func (s storedManifest) RawManifest() ([]byte, error) { return s.content.Bytes, nil }

func (s storedManifest) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	for _, d := range s.manifest.Layers {
		if d.Digest == h {
			return elsewhereLayer{d}, nil
		}
	}
	return nil, fmt.Errorf("layer %s not found", h)
}

// parseManifest parses the manifest of a composition.
func parseManifest(name string, content Content) (v1.Manifest, error) {
	var manifest v1.Manifest
	if err := limits.Decode(content.Bytes, &manifest); err != nil {
		return v1.Manifest{}, fmt.Errorf("reading the manifest %s: %w", name, err)
	}
	if !isCompositionManifest(manifest) {
		return v1.Manifest{}, &NotCompositionError{Ref: name, Is: kindOfManifest(manifest)}
	}
	if err := checkDigests(append(slices.Clone(manifest.Layers), manifest.Config)); err != nil {
		return v1.Manifest{}, fmt.Errorf("reading the manifest %s: %w", name, err)
	}
	return manifest, nil
}
