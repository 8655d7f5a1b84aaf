package artifact

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// A Package is an application in one or several compositions: as it was built, or as it
// was read.
type Package struct {
	// Mode tells where its images are. What another program published is loose.
	Mode Mode
	// Root is what a tag points at: an index, or the only composition. It is a [v1.ImageIndex]
	// or a [v1.Image] where the package was built, and nil where it was read.
	Root partial.Describable
	// Subject is the image that the package is attached to, or nil.
	Subject *v1.Descriptor
	// Annotations are those of the root.
	Annotations map[string]string
	// Compositions are in the order of the index, the portable one last.
	Compositions []Composition
	// Images are the bundled images as the index lists them.
	Images []v1.Descriptor
	// Indexes are those of bundled images that the index does not list, because it lists what
	// they list: see [Options.Flat].
	Indexes []v1.Descriptor
	// Stripped tells that the index has lost the artifact types, as older clients drop them
	// when they copy it. Docker Compose does not read it then; what is built of it has them.
	Stripped bool

	root Content
}

// Content returns the bytes of the root and their descriptor.
func (p *Package) Content() Content { return p.root }

// Digest returns the digest of the root.
func (p *Package) Digest() v1.Hash { return p.root.Descriptor.Digest }

// IsIndex tells whether the package is an index.
func (p *Package) IsIndex() bool { return p.root.IsIndex() }

// Platforms are the platforms that have a composition of their own.
func (p *Package) Platforms() []v1.Platform {
	var all []v1.Platform
	for _, c := range p.Compositions {
		if c.Platform != nil {
			all = append(all, *c.Platform)
		}
	}
	return all
}

// Portable returns the composition that is right on every platform, or does not say what it
// is for: the last one without a platform.
func (p *Package) Portable() (Composition, bool) {
	if i := p.portableIndex(); i >= 0 {
		return p.Compositions[i], true
	}
	return Composition{}, false
}

// Select returns the composition for a platform: the one that runs there best,
// or else the portable one. It errors, listing the platforms that there are,
// where neither exists.
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

// Parse reads the root of a package, whose digest the caller has checked and which name
// is the reference of, for messages. The compositions of an index have descriptors only: [Composition.Read] reads them.
// It returns a [NotCompositionError] for anything else than a package.
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

// parseIndex reads an index.
func parseIndex(name string, root Content) (*Package, error) {
	var index v1.IndexManifest
	if err := Decode(root.Bytes, &index); err != nil {
		return nil, fmt.Errorf("reading the index %s: %w", name, err)
	}
	p := &Package{Mode: modeOf(index.Annotations), Subject: index.Subject, Annotations: index.Annotations, root: root}
	p.Stripped = isStripped(index)
	for _, d := range index.Manifests {
		switch {
		case d.MediaType == types.OCIManifestSchema1 && (d.ArtifactType == Type || p.Stripped && d.Annotations[AnnotationImageRef] == ""):
			if d.Platform != nil && !platformForm.MatchString(d.Platform.String()) {
				return nil, fmt.Errorf("reading the index %s: its composition %s is for the platform %q, which is none", name, d.Digest, d.Platform)
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
	if len(p.Compositions) > maxCompositions {
		return nil, fmt.Errorf("reading the index %s: %w", name, &ManifestError{What: "compositions", Limit: maxCompositions})
	}
	if len(p.Compositions) == 0 {
		return nil, &NotCompositionError{Ref: name, Is: kindOfIndex(index)}
	}
	return p, nil
}

// isStripped tells whether an index is that of a package but for the artifact types.
func isStripped(index v1.IndexManifest) bool {
	typed := func(d v1.Descriptor) bool { return d.ArtifactType != "" }
	return index.Annotations[AnnotationMode] != "" && index.ArtifactType == "" && !slices.ContainsFunc(index.Manifests, typed)
}

// modeOf reads the mode from a root's annotations.
func modeOf(annotations map[string]string) Mode {
	if Mode(annotations[AnnotationMode]) == Bundled {
		return Bundled
	}
	return Loose
}

// title is the file name that a layer gives itself for any client.
func title(d v1.Descriptor) string { return strings.TrimSpace(d.Annotations[ocispec.AnnotationTitle]) }
