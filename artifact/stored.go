package artifact

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// A Stored is a package as a registry holds it.
type Stored struct {
	// Repository is where it is.
	Repository name.Repository
	// Root is the index, or the only composition's manifest.
	Root Content
	// Mode tells where its images are. What another program published is loose.
	Mode Mode
	// Subject is the image that the package is attached to, or nil.
	Subject *v1.Descriptor
	// Annotations are those of the root.
	Annotations map[string]string
	// Compositions are in the order of the index.
	Compositions []StoredComposition
	// Images are the bundled images as the index lists them.
	Images []v1.Descriptor
}

// A StoredComposition is one composition of a [Stored].
type StoredComposition struct {
	Content
	// Platform is nil for a portable composition, and for one outside of an index.
	Platform *v1.Platform
	// Manifest is its content, read.
	Manifest v1.Manifest
}

// IsIndex tells whether the package is an index.
func (s *Stored) IsIndex() bool { return s.Root.Descriptor.MediaType.IsIndex() }

// Platforms are the platforms that have a composition of their own.
func (s *Stored) Platforms() []v1.Platform {
	var all []v1.Platform
	for _, c := range s.Compositions {
		if c.Platform != nil {
			all = append(all, *c.Platform)
		}
	}
	return all
}

// Portable returns the composition that is right on every platform: the last
// one without a platform.
func (s *Stored) Portable() (StoredComposition, bool) {
	for _, c := range slices.Backward(s.Compositions) {
		if c.Platform == nil {
			return c, true
		}
	}
	return StoredComposition{}, false
}

// Select returns the composition for a platform: the one that runs there best,
// or else the portable one. It errors, listing the platforms that there are,
// where neither exists.
func (s *Stored) Select(platform v1.Platform) (StoredComposition, error) {
	for _, want := range runnable(platform) {
		for _, c := range s.Compositions {
			if c.Platform != nil && normal(*c.Platform).Equals(want) {
				return c, nil
			}
		}
	}
	if c, ok := s.Portable(); ok {
		return c, nil
	}
	return StoredComposition{}, &NotFoundError{What: fmt.Sprintf("%s has no composition for %s: it has %s",
		DigestName(s.Repository, s.Root.Descriptor.Digest), platform, list(s.Platforms()))}
}

// parseStoredIndex reads an index. The compositions have descriptors only.
func parseStoredIndex(ref name.Reference, root Content) (*Stored, error) {
	var index v1.IndexManifest
	if err := json.Unmarshal(root.Bytes, &index); err != nil {
		return nil, fmt.Errorf("reading the index %s: %w", ReferenceName(ref), err)
	}
	s := &Stored{Repository: ref.Context(), Root: root, Mode: modeOf(index.Annotations), Subject: index.Subject, Annotations: index.Annotations}
	for _, d := range index.Manifests {
		switch {
		case d.ArtifactType == Type && d.MediaType == types.OCIManifestSchema1:
			s.Compositions = append(s.Compositions, StoredComposition{Content: Content{Descriptor: d}, Platform: d.Platform})
		case index.ArtifactType == Type:
			s.Images = append(s.Images, d)
		}
	}
	if len(s.Compositions) == 0 {
		return nil, &NotCompositionError{Ref: ReferenceName(ref), Is: kindOfIndex(index)}
	}
	return s, nil
}

// parseStoredManifest reads a composition that stands alone.
func parseStoredManifest(ref name.Reference, root Content) (*Stored, error) {
	manifest, err := parseManifest(ref, root)
	if err != nil {
		return nil, err
	}
	return &Stored{
		Repository:   ref.Context(),
		Root:         root,
		Mode:         modeOf(manifest.Annotations),
		Subject:      manifest.Subject,
		Annotations:  manifest.Annotations,
		Compositions: []StoredComposition{{Content: root, Manifest: manifest}},
	}, nil
}

// parseManifest reads a manifest that is to be a composition: by its
// artifactType, or on a registry of OCI 1.0 by its config's media type.
func parseManifest(ref name.Reference, content Content) (v1.Manifest, error) {
	var manifest v1.Manifest
	if err := json.Unmarshal(content.Bytes, &manifest); err != nil {
		return v1.Manifest{}, fmt.Errorf("reading the manifest %s: %w", ReferenceName(ref), err)
	}
	legacy := manifest.ArtifactType == "" && manifest.Config.MediaType == LegacyConfigType
	if manifest.ArtifactType != Type && !legacy {
		return v1.Manifest{}, &NotCompositionError{Ref: ReferenceName(ref), Is: kindOfManifest(manifest)}
	}
	return manifest, nil
}

// modeOf reads the mode from a root's annotations.
func modeOf(annotations map[string]string) Mode {
	if Mode(annotations[AnnotationMode]) == Bundled {
		return Bundled
	}
	return Loose
}

// kindOfManifest tells people what a manifest is.
func kindOfManifest(m v1.Manifest) string {
	switch {
	case m.ArtifactType != "":
		return fmt.Sprintf("an artifact of type %q", m.ArtifactType)
	case m.Config.MediaType.IsConfig():
		return "a container image"
	default:
		return fmt.Sprintf("an artifact of type %q", m.Config.MediaType)
	}
}

// kindOfIndex tells people what an index is.
func kindOfIndex(index v1.IndexManifest) string {
	if index.ArtifactType != "" {
		return fmt.Sprintf("an index of type %q without compositions", index.ArtifactType)
	}
	hasPlatform := func(d v1.Descriptor) bool { return d.Platform != nil }
	if slices.ContainsFunc(index.Manifests, hasPlatform) {
		return "a multi-platform container image"
	}
	return "an index without compositions"
}

// title is the file name that a layer gives itself for any client.
func title(d v1.Descriptor) string { return strings.TrimSpace(d.Annotations[ocispec.AnnotationTitle]) }
