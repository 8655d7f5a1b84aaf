package artifact

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// An Image is a container image, or another artifact that a service uses, as
// its registry held it at one moment. It is immutable.
type Image struct {
	// Name is the full reference that was resolved, for people.
	Name string
	// Ref is the reference that was resolved; nil where the image is in no registry.
	Ref name.Reference
	// Origin is the full name that a bundle remembers: with the tag where its
	// author wrote one, or else the digest.
	Origin string
	// Root is what the reference pointed at: an index, or one manifest.
	Root Content
	// Manifests are the image manifests below an index in its order, each with
	// its platform in normal form; for one manifest that is a container image,
	// itself. Attestations are not among them. It is empty for an artifact that
	// has no platform, such as a model.
	Manifests []v1.Descriptor
}

// Portable tells whether the image is the same for every platform.
func (i *Image) Portable() bool { return len(i.Manifests) == 0 }

// IsIndex tells whether the reference pointed at an index.
func (i *Image) IsIndex() bool { return i.Root.IsIndex() }

// Platforms returns the platforms that the image offers, each once, in the
// order of its index.
func (i *Image) Platforms() []v1.Platform {
	var all []v1.Platform
	for _, m := range i.Manifests {
		if !slices.ContainsFunc(all, m.Platform.Equals) {
			all = append(all, *m.Platform)
		}
	}
	return all
}

// For returns the descriptor of the manifest that runs on the platform: the
// same platform, or else the newest older variant. A portable image answers
// with itself, whatever the platform.
func (i *Image) For(p v1.Platform) (v1.Descriptor, bool) {
	if i.Portable() {
		return i.Root.Descriptor, true
	}
	for _, want := range Runnable(p) {
		for _, m := range i.Manifests {
			if m.Platform.Equals(want) {
				return m, true
			}
		}
	}
	return v1.Descriptor{}, false
}

// Trim returns the image's index with only the manifests of the platforms, as an index
// that a registry which looks for children accepts when just those are there. Entries and
// other fields stay as they are; attestations go. An image that is no index, or loses
// nothing, is returned as it is.
func (i *Image) Trim(platforms []v1.Platform) (Content, error) {
	if !i.IsIndex() || i.Portable() {
		return i.Root, nil
	}
	keep := map[v1.Hash]bool{}
	for _, p := range platforms {
		if m, ok := i.For(p); ok {
			keep[m.Digest] = true
		}
	}
	trimmed, err := mutate.RemoveManifests(rawIndex{i.Root}, func(d v1.Descriptor) bool { return !keep[d.Digest] }).IndexManifest()
	if err != nil {
		return Content{}, fmt.Errorf("reading the index of %q: %w", i.Name, err)
	}
	content, err := rewriteIndex(i.Root, trimmed)
	if err != nil {
		return Content{}, fmt.Errorf("reading the index of %q: %w", i.Name, err)
	}
	return content, nil
}

// rewriteIndex returns an index with only the entries that manifest lists. The library
// would drop what it does not know of them, and of the index.
func rewriteIndex(index Content, manifest *v1.IndexManifest) (Content, error) {
	fields := map[string]json.RawMessage{}
	if err := Decode(index.Bytes, &fields); err != nil {
		return Content{}, err
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(fields["manifests"], &entries); err != nil {
		return Content{}, err
	}
	if len(entries) == len(manifest.Manifests) {
		return index, nil
	}
	listed := func(d v1.Descriptor) bool {
		return slices.ContainsFunc(manifest.Manifests, func(m v1.Descriptor) bool { return m.Digest == d.Digest })
	}
	var kept []json.RawMessage
	for _, entry := range entries {
		var d v1.Descriptor
		if err := json.Unmarshal(entry, &d); err != nil {
			return Content{}, err
		}
		if listed(d) {
			kept = append(kept, entry)
		}
	}
	var err error
	if fields["manifests"], err = json.Marshal(kept); err != nil {
		return Content{}, err
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return Content{}, err
	}
	return newContent(index.Descriptor.MediaType, raw)
}

// NewImage reads the index or manifest that a reference pointed at, whose digest the caller
// has checked. The name is the full reference, for people. The platform of a single manifest stands in its config, which readConfig reads;
// it is called once at most.
//
// It errors where root is no image and no index, with [ErrComposition] for a composition.
func NewImage(name string, root Content, readConfig func(v1.Descriptor) (*v1.ConfigFile, error)) (*Image, error) {
	if _, isComposition := Kind(root); isComposition {
		return nil, ErrComposition
	}
	image := &Image{Name: name, Origin: name, Root: root}
	if root.IsIndex() {
		var index v1.IndexManifest
		if err := Decode(root.Bytes, &index); err != nil {
			return nil, fmt.Errorf("its index can't be read: %w", err)
		}
		for _, m := range index.Manifests {
			if !m.MediaType.IsImage() || m.Platform == nil || isUnknown(m.Platform) || !platformForm.MatchString(m.Platform.String()) {
				continue
			}
			platform := Normalize(*m.Platform)
			m.Platform = &platform
			image.Manifests = append(image.Manifests, m)
		}
		return image, nil
	}
	if !root.Descriptor.MediaType.IsImage() {
		return nil, fmt.Errorf("it has the media type %q, which is no image", root.Descriptor.MediaType)
	}
	var manifest v1.Manifest
	if err := Decode(root.Bytes, &manifest); err != nil {
		return nil, fmt.Errorf("its manifest can't be read: %w", err)
	}
	switch manifest.Config.MediaType {
	case types.OCIConfigJSON, types.DockerConfigJSON:
	default:
		return image, nil
	}
	config, err := readConfig(manifest.Config)
	if err != nil {
		return nil, fmt.Errorf("its config can't be read: %w", err)
	}
	platform := Normalize(v1.Platform{OS: config.OS, Architecture: config.Architecture, Variant: config.Variant})
	self := root.Descriptor
	self.Platform = &platform
	image.Manifests = []v1.Descriptor{self}
	return image, nil
}
