package artifact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// emptyConfig is the content of an empty config.
//
// See https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor.
var emptyConfig = []byte("{}")

// artifactBase is a manifest without layers, to which go-containerregistry's mutate adds
// layers. Its own empty.Image is a container image, without an artifactType.
type artifactBase struct {
	manifest v1.Manifest
	// config is nil if its content is not in memory.
	config []byte
}

// newArtifactBase returns a manifest with an artifactType, which may be empty, and a
// config.
func newArtifactBase(artifactType string, config v1.Descriptor, content []byte) (v1.Image, error) {
	return partial.CompressedToImage(artifactBase{
		manifest: v1.Manifest{
			SchemaVersion: 2,
			MediaType:     types.OCIManifestSchema1,
			ArtifactType:  artifactType,
			Config:        config,
			Layers:        []v1.Descriptor{},
		},
		config: content,
	})
}

func (b artifactBase) MediaType() (types.MediaType, error) { return b.manifest.MediaType, nil }
func (b artifactBase) RawManifest() ([]byte, error)        { return json.Marshal(b.manifest) }

// RawConfigFile returns the config, or an empty config if its content is not in memory:
// mutate reads it, but discards the result, because it is not a container image's config.
func (b artifactBase) RawConfigFile() ([]byte, error) {
	if b.config == nil {
		return emptyConfig, nil
	}
	return b.config, nil
}

func (b artifactBase) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	return nil, fmt.Errorf("layer %s not found", h)
}

// innerIndex is an index to embed: embedded under its own name, it would hide its method
// ImageIndex.
type innerIndex = v1.ImageIndex

// indexBase is an index with an artifactType, which mutate keeps but can't set.
type indexBase struct {
	innerIndex
	artifactType string
}

func newIndexBase(artifactType string) v1.ImageIndex { return indexBase{empty.Index, artifactType} }

func (b indexBase) IndexManifest() (*v1.IndexManifest, error) {
	manifest, err := b.innerIndex.IndexManifest()
	if err != nil {
		return nil, err
	}
	manifest = manifest.DeepCopy()
	manifest.ArtifactType = b.artifactType
	return manifest, nil
}

// A listed manifest is an entry of an index whose content is not in memory.
type listed struct{ descriptor v1.Descriptor }

func (l listed) MediaType() (types.MediaType, error) { return l.descriptor.MediaType, nil }
func (l listed) Digest() (v1.Hash, error)            { return l.descriptor.Digest, nil }
func (l listed) Size() (int64, error)                { return l.descriptor.Size, nil }

// listing returns the index entry of a descriptor whose content is not in memory.
func listing(d v1.Descriptor) mutate.IndexAddendum {
	return mutate.IndexAddendum{Add: listed{d}, Descriptor: d}
}

// An elsewhereLayer is a layer whose content is still in the source of the package.
type elsewhereLayer struct{ descriptor v1.Descriptor }

func (l elsewhereLayer) Digest() (v1.Hash, error)             { return l.descriptor.Digest, nil }
func (l elsewhereLayer) DiffID() (v1.Hash, error)             { return l.descriptor.Digest, nil }
func (l elsewhereLayer) Size() (int64, error)                 { return l.descriptor.Size, nil }
func (l elsewhereLayer) MediaType() (types.MediaType, error)  { return l.descriptor.MediaType, nil }
func (l elsewhereLayer) Descriptor() (*v1.Descriptor, error)  { return &l.descriptor, nil }
func (l elsewhereLayer) Uncompressed() (io.ReadCloser, error) { return l.Compressed() }

func (l elsewhereLayer) Compressed() (io.ReadCloser, error) {
	return nil, fmt.Errorf("layer %s: %w", l.descriptor.Digest, errElsewhere)
}

var errElsewhere = errors.New("the content is not in memory, but where the package was read from")

// inMemory returns the content of a layer, or nil if it is not in memory.
func inMemory(layer v1.Layer) ([]byte, error) {
	content, err := layer.Compressed()
	if errors.Is(err, errElsewhere) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content)
}

// A rawIndex is an index that was read, without the content it lists.
type rawIndex struct{ content Content }

func (r rawIndex) MediaType() (types.MediaType, error) { return r.content.Descriptor.MediaType, nil }
func (r rawIndex) Digest() (v1.Hash, error)            { return r.content.Descriptor.Digest, nil }
func (r rawIndex) Size() (int64, error)                { return r.content.Descriptor.Size, nil }
func (r rawIndex) RawManifest() ([]byte, error)        { return r.content.Bytes, nil }

func (r rawIndex) IndexManifest() (*v1.IndexManifest, error) {
	return v1.ParseIndexManifest(bytes.NewReader(r.content.Bytes))
}

func (r rawIndex) Image(h v1.Hash) (v1.Image, error) {
	return nil, fmt.Errorf("image %s: %w", h, errElsewhere)
}

func (r rawIndex) ImageIndex(h v1.Hash) (v1.ImageIndex, error) {
	return nil, fmt.Errorf("index %s: %w", h, errElsewhere)
}

// A sealedImage is an image whose manifest has final bytes: those of mutate have needless
// JSON escapes.
type sealedImage struct {
	v1.Image
	manifest v1.Manifest
	content  Content
}

// sealImage fixes the bytes of an image with a config, which mutate would rewrite if it
// took it for a container image's config.
func sealImage(image v1.Image, config v1.Descriptor) (sealedImage, error) {
	manifest, err := image.Manifest()
	if err != nil {
		return sealedImage{}, err
	}
	manifest.Config = config
	content, err := encode(manifest.MediaType, manifest)
	return sealedImage{image, *manifest, content}, err
}

func (s sealedImage) RawManifest() ([]byte, error)    { return s.content.Bytes, nil }
func (s sealedImage) Manifest() (*v1.Manifest, error) { return s.manifest.DeepCopy(), nil }
func (s sealedImage) Digest() (v1.Hash, error)        { return s.content.Descriptor.Digest, nil }
func (s sealedImage) Size() (int64, error)            { return s.content.Descriptor.Size, nil }

// A sealedIndex is an index whose bytes are final.
type sealedIndex struct {
	innerIndex
	content Content
}

func sealIndex(index v1.ImageIndex) (sealedIndex, error) {
	manifest, err := index.IndexManifest()
	if err != nil {
		return sealedIndex{}, err
	}
	content, err := encode(manifest.MediaType, manifest)
	return sealedIndex{index, content}, err
}

func (s sealedIndex) RawManifest() ([]byte, error) { return s.content.Bytes, nil }
func (s sealedIndex) Digest() (v1.Hash, error)     { return s.content.Descriptor.Digest, nil }
func (s sealedIndex) Size() (int64, error)         { return s.content.Descriptor.Size, nil }

// buildIndex builds the composition index: the compositions in their order, then the
// bundled images. The portable composition is the last composition, because Docker Compose
// reads the last one.
//
// See https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md.
func buildIndex(p *Package) (sealedIndex, error) {
	var entries []mutate.IndexAddendum
	for _, c := range p.Compositions {
		entries = append(entries, c.entry())
	}
	for _, d := range p.Images {
		entries = append(entries, listing(d))
	}
	index := mutate.AppendManifests(newIndexBase(Type), entries...)
	index = mutate.Annotations(index, p.Annotations).(v1.ImageIndex)
	if p.Subject != nil {
		// Must come last: a later mutation drops the subject.
		index = mutate.Subject(index, *p.Subject).(v1.ImageIndex)
	}
	return sealIndex(index)
}
