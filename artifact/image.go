package artifact

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/ocompose/ocompose/internal/limits"
)

// An Image is a container image, or another artifact that a service uses, as resolved from
// its registry. It is immutable.
type Image struct {
	// Name is the full reference that was resolved, for display.
	Name string
	// Ref is the reference that was resolved; nil if the image is not in a registry.
	Ref name.Reference
	// Origin is the full name that a bundle records: with the tag if its author wrote one,
	// otherwise the digest.
	Origin string
	// Root is the content that the reference resolved to: an index or a manifest.
	Root Content
	// Manifests are the image manifests of an index and its nested indexes, in order, each
	// with its normalized platform; or the root itself, if it is the manifest of a container
	// image. Attestations are left out. It is empty for an artifact without a platform, such
	// as a model.
	Manifests []v1.Descriptor

	// nested reports that some manifests are in nested indexes.
	nested bool
}

// Portable reports whether the image is the same for every platform.
func (i *Image) Portable() bool { return len(i.Manifests) == 0 }

// IsIndex reports whether the reference resolved to an index.
func (i *Image) IsIndex() bool { return i.Root.IsIndex() }

// Platforms returns the platforms that the image offers, each once and without OS versions,
// in the order of its index.
func (i *Image) Platforms() []v1.Platform {
	var all []v1.Platform
	for _, m := range i.Manifests {
		if p := withoutVersion(*m.Platform); !contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// On returns the descriptors of the manifests that run on the platform: those for the same
// platform, otherwise those for the newest older variant. There are several if each is for
// another OS version, as on Windows. For a portable image it returns the root, for any platform.
func (i *Image) On(p v1.Platform) []v1.Descriptor {
	if i.Portable() {
		return []v1.Descriptor{i.Root.Descriptor}
	}
	for _, want := range Runnable(p) {
		var found []v1.Descriptor
		for _, m := range i.Manifests {
			same := func(other v1.Descriptor) bool { return other.Platform.Equals(*m.Platform) }
			if withoutVersion(*m.Platform).Equals(want) && !slices.ContainsFunc(found, same) {
				found = append(found, m)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// Offers reports whether the image runs on the platform.
func (i *Image) Offers(p v1.Platform) bool { return len(i.On(p)) > 0 }

// withoutVersion returns a platform without OS version and OS features.
func withoutVersion(p v1.Platform) v1.Platform {
	return v1.Platform{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant}
}

// Trim returns the image's index with only the manifests of the platforms, so that a
// registry that checks children accepts it without the other manifests. Other fields and
// entries are unchanged, except that manifests replace the nested index that listed them;
// attestations are removed. An image that is not an index, or that would lose nothing, is
// returned unchanged.
func (i *Image) Trim(platforms []v1.Platform) (Content, error) {
	if !i.IsIndex() || i.Portable() {
		return i.Root, nil
	}
	kept := i.needed(platforms)
	trimmed, err := mutate.RemoveManifests(rawIndex{i.Root}, func(d v1.Descriptor) bool { return !lists(kept, d) }).IndexManifest()
	if err != nil {
		return Content{}, fmt.Errorf("reading the index of %q: %w", i.Name, err)
	}
	if i.nested {
		trimmed.Manifests = kept
	}
	content, err := rewriteIndex(i.Root, trimmed)
	if err != nil {
		return Content{}, fmt.Errorf("reading the index of %q: %w", i.Name, err)
	}
	return content, nil
}

// needed returns the image's manifests that run on the platforms, each once, in the order
// of the index.
func (i *Image) needed(platforms []v1.Platform) []v1.Descriptor {
	var all []v1.Descriptor
	for _, p := range platforms {
		all = append(all, i.On(p)...)
	}
	return slices.DeleteFunc(slices.Clone(i.Manifests), func(m v1.Descriptor) bool { return !lists(all, m) })
}

// lists reports whether a list has a descriptor with the same digest.
func lists(all []v1.Descriptor, d v1.Descriptor) bool {
	return slices.ContainsFunc(all, func(m v1.Descriptor) bool { return m.Digest == d.Digest })
}

// rewriteIndex returns an index with only the entries that manifest lists. The library
// would drop unknown fields of the index and its entries.
func rewriteIndex(index Content, manifest *v1.IndexManifest) (Content, error) {
	fields := map[string]json.RawMessage{}
	if err := limits.Decode(index.Bytes, &fields); err != nil {
		return Content{}, err
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(fields["manifests"], &entries); err != nil {
		return Content{}, err
	}
	written := map[v1.Hash]json.RawMessage{}
	var before []v1.Hash
	for _, entry := range entries {
		var d v1.Descriptor
		if err := json.Unmarshal(entry, &d); err != nil {
			return Content{}, err
		}
		before = append(before, d.Digest)
		if _, ok := written[d.Digest]; !ok {
			written[d.Digest] = entry
		}
	}
	var kept []json.RawMessage
	var after []v1.Hash
	for _, d := range manifest.Manifests {
		entry, ok := written[d.Digest]
		if !ok {
			var err error
			if entry, err = json.Marshal(d); err != nil {
				return Content{}, err
			}
		}
		kept, after = append(kept, entry), append(after, d.Digest)
	}
	if slices.Equal(before, after) {
		return index, nil
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
