package artifact

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/internal/limits"
)

// A Package is an application as one or more compositions, built ([Build]) or read
// ([Parse]).
type Package struct {
	// Mode is where its images are. Packages that other programs published are loose.
	Mode Mode
	// Root is what a tag points at: an index, or the only composition. It is a [v1.ImageIndex]
	// or a [v1.Image] if the package was built, and nil if it was read.
	Root partial.Describable
	// Subject is the image that the package is attached to, or nil.
	Subject *v1.Descriptor
	// Annotations are the annotations of the root.
	Annotations map[string]string
	// Compositions are in the order of the index, the portable composition last.
	Compositions []Composition
	// Images are the bundled images, as listed in the index.
	Images []v1.Descriptor
	// Indexes are the indexes of bundled images that a flat index does not list: see
	// [Options.Flat].
	Indexes []v1.Descriptor
	// Stripped reports that the index lost its artifact types, as when an older client copied
	// it. Docker Compose can't read such an index; a package built from it has them again.
	Stripped bool

	root Content
}

// Content returns the root's bytes and descriptor.
func (p *Package) Content() Content { return p.root }

// Digest returns the digest of the root.
func (p *Package) Digest() v1.Hash { return p.root.Descriptor.Digest }

// IsIndex reports whether the root is an index.
func (p *Package) IsIndex() bool { return p.root.IsIndex() }

// Platforms returns the platforms that have their own composition.
func (p *Package) Platforms() []v1.Platform {
	var all []v1.Platform
	for _, c := range p.Compositions {
		if c.Platform != nil {
			all = append(all, *c.Platform)
		}
	}
	return all
}

// Portable returns the last composition without a platform, which is for every platform. It
// returns false if there is none.
func (p *Package) Portable() (Composition, bool) {
	if i := p.portableIndex(); i >= 0 {
		return p.Compositions[i], true
	}
	return Composition{}, false
}

// Select returns the composition for a platform: the best match, otherwise the portable
// composition. If there is neither, it returns a [NotFoundError] that lists the available
// platforms.
func (p *Package) Select(platform v1.Platform) (Composition, error) {
	if i := p.indexFor(platform); i >= 0 {
		return p.Compositions[i], nil
	}
	if c, ok := p.Portable(); ok {
		return c, nil
	}
	return Composition{}, &NotFoundError{What: fmt.Sprintf("%s has no composition for %s: it has %s",
		p.Digest(), platform, list(p.Platforms()))}
}

// Parse parses the root of a package, whose digest the caller has checked. The name is its
// reference, for messages. The compositions of an index have only descriptors:
// [Composition.Read] reads their manifests. It returns a [NotCompositionError] if root is
// not a package.
func Parse(name string, root Content) (*Package, error) {
	if root.IsIndex() {
		return parseIndex(name, root)
	}
	c, err := Composition{Descriptor: root.Descriptor}.Read(name, root)
	if err != nil {
		return nil, err
	}
	if platform, err := ParsePlatform(c.Manifest.Annotations[AnnotationPlatform]); err == nil {
		c.Platform = &platform
	}
	return &Package{
		Mode:         modeOf(c.Manifest.Annotations),
		Subject:      c.Manifest.Subject,
		Annotations:  c.Manifest.Annotations,
		Compositions: []Composition{c},
		root:         root,
	}, nil
}

// parseIndex parses a composition index.
func parseIndex(name string, root Content) (*Package, error) {
	var index v1.IndexManifest
	if err := limits.Decode(root.Bytes, &index); err != nil {
		return nil, fmt.Errorf("reading the index %s: %w", name, err)
	}
	if err := checkDigests(index.Manifests); err != nil && (index.ArtifactType == Type || isStripped(index)) {
		return nil, fmt.Errorf("reading the index %s: %w", name, err)
	}
	p := &Package{Mode: modeOf(index.Annotations), Subject: index.Subject, Annotations: index.Annotations, root: root}
	p.Stripped = isStripped(index)
	for _, d := range index.Manifests {
		switch {
		case d.MediaType == types.OCIManifestSchema1 && (d.ArtifactType == Type || p.Stripped && d.Annotations[AnnotationImageRef] == ""):
			if d.Platform != nil && !platformForm.MatchString(d.Platform.String()) {
				return nil, fmt.Errorf("reading the index %s: its composition %s has the invalid platform %q", name, d.Digest, d.Platform)
			}
			d.ArtifactType = Type
			p.Compositions = append(p.Compositions, Composition{Descriptor: d, Platform: d.Platform})
		case index.ArtifactType == Type || p.Stripped:
			p.Images = append(p.Images, d)
		}
	}
	var err error
	if p.Indexes, err = parseIndexes(index.Annotations); err != nil {
		return nil, fmt.Errorf("reading the index %s: %w", name, err)
	}
	if len(p.Compositions) > limits.Compositions {
		return nil, fmt.Errorf("reading the index %s: %w", name, &limits.Error{What: "compositions", Limit: limits.Compositions})
	}
	if len(p.Compositions) == 0 {
		return nil, &NotCompositionError{Ref: name, Is: kindOfIndex(index)}
	}
	return p, nil
}

// isStripped reports whether an index is that of a package that lost its artifact types.
func isStripped(index v1.IndexManifest) bool {
	typed := func(d v1.Descriptor) bool { return d.ArtifactType != "" }
	return index.Annotations[AnnotationMode] != "" && index.ArtifactType == "" && !slices.ContainsFunc(index.Manifests, typed)
}

// modeOf returns the mode from a root's annotations.
func modeOf(annotations map[string]string) Mode {
	if Mode(annotations[AnnotationMode]) == Bundled {
		return Bundled
	}
	return Loose
}

// title returns the title annotation of a layer, its file name for any client.
func title(d v1.Descriptor) string { return strings.TrimSpace(d.Annotations[ocispec.AnnotationTitle]) }
