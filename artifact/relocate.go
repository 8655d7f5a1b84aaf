package artifact

import (
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
)

// A Relocation says where a package goes, and what it takes along.
type Relocation struct {
	// Repository is where it goes.
	Repository name.Repository
	// Bundle takes the images along that are elsewhere.
	Bundle bool
	// Projects are the applications of the compositions, in their order.
	Projects []*compose.Project
	// Subject is the image that the package is attached to, or nil.
	Subject *Image
	// Images are the images of [Relocation.Elsewhere], by the reference in the files.
	Images map[string]*Image
}

// Elsewhere lists the places of a package whose images are not in its own repository, and
// have to be resolved where the package is bundled on its way.
func (r Relocation) Elsewhere(p *Package) []compose.Image {
	var places []compose.Image
	for _, project := range r.Projects {
		for _, place := range project.Images {
			if _, inRepo := r.digestInRepo(p, place); !inRepo {
				places = append(places, place)
			}
		}
	}
	return places
}

// Relocate says how a package is built for another repository: the images that are taken
// along are named there, by the same digests. All else that the compositions and the index
// say stays.
func (p *Package) Relocate(r Relocation) (Spec, error) {
	spec := Spec{Repository: r.Repository, Mode: Loose, Subject: p.Subject, Listed: slices.Clone(p.Images)}
	if r.Bundle {
		spec.Mode = Bundled
	}
	spec.Single = spec.Mode == Loose && !p.IsIndex()
	annotations := func(old map[string]string) map[string]string {
		all := annotated(old, spec.Mode)
		if !spec.Single {
			delete(all, AnnotationPlatform) // the index says it
		}
		return all
	}
	spec.Annotations = annotations(p.Annotations)
	for i, old := range p.Compositions {
		part := Part{Platform: old.Platform, Project: r.Projects[i], Pins: r.pins(p, r.Projects[i]), From: &old}
		if part.Platform == nil && !p.IsIndex() {
			part.Platform = r.onlyPlatform()
		}
		m := old.Manifest
		part.form = compositionForm{artifactType: m.ArtifactType, config: m.Config, subject: m.Subject, annotations: annotations(m.Annotations)}
		spec.Parts = append(spec.Parts, part)
	}
	if r.Bundle && p.Mode == Loose {
		spec.Images = r.Missing(p)
		for _, image := range spec.Images {
			spec.Listed = append(spec.Listed, image.entries()...)
		}
	}
	spec.Images = append(spec.Images, r.inRepo(p)...)
	return spec, nil
}

// Verbatim says how a package is copied as it is: with its images, where it is bundled, and
// the image that it is attached to. It is not built from this Spec.
func (p *Package) Verbatim() Spec {
	spec := Spec{Mode: p.Mode, Subject: p.Subject, Listed: p.Images, Annotations: p.Annotations, Single: !p.IsIndex()}
	spec.Images = Relocation{}.inRepo(p)
	if p.Subject != nil {
		spec.Images = append(spec.Images, BundledImage{Origin: p.Subject.Digest.String(), Roots: []Content{{Descriptor: *p.Subject}}})
	}
	return spec
}

// digestInRepo returns the digest of a place's image where that is in the package's own
// repository: every image of a bundle, and the subject. The files may name another
// repository, where the package was before a client copied it.
func (r Relocation) digestInRepo(p *Package, place compose.Image) (v1.Hash, bool) {
	ref, err := ParseReference(place.Ref)
	if err != nil {
		return v1.Hash{}, false
	}
	digest, ok := ref.(name.Digest)
	if !ok || p.Mode != Bundled && !r.isSubject(digest) {
		return v1.Hash{}, false
	}
	hash, err := v1.NewHash(digest.DigestStr())
	return hash, err == nil
}

// isSubject tells whether the digest is the subject's or one of its platforms'.
func (r Relocation) isSubject(digest name.Digest) bool {
	if r.Subject == nil {
		return false
	}
	is := func(d v1.Descriptor) bool { return d.Digest.String() == digest.DigestStr() }
	return is(r.Subject.Root.Descriptor) || slices.ContainsFunc(r.Subject.Manifests, is)
}

// inRepo are the images that the package has in its repository already: those of a bundle,
// as its index lists them, and the subject.
func (r Relocation) inRepo(p *Package) []BundledImage {
	var all []BundledImage
	for _, d := range p.Images {
		origin := d.Annotations[AnnotationImageRef]
		if origin == "" {
			origin = d.Digest.String()
		}
		all = append(all, BundledImage{Origin: origin, Roots: []Content{{Descriptor: *reference(d)}}})
	}
	if r.Subject != nil {
		all = append(all, BundledImage{Origin: r.Subject.Origin, Roots: []Content{r.Subject.Root}})
	}
	return all
}

// pins are what the places of a project get: those of images that are taken along the new
// repository, the others what they had.
func (r Relocation) pins(p *Package, project *compose.Project) compose.Pins {
	pins := compose.Pins{}
	for _, place := range project.Images {
		pin := compose.Pin{Ref: place.Ref}
		if digest, ok := r.digestInRepo(p, place); ok {
			pin = compose.Pin{Ref: DigestName(r.Repository, digest), InPlace: true}
		} else if image := r.Images[place.Ref]; image != nil {
			pin = compose.Pin{Ref: DigestName(r.Repository, image.Root.Descriptor.Digest), InPlace: true}
		}
		pins[place.Path] = pin
	}
	return pins
}

// onlyPlatform is the platform of a composition that stands alone: the one that its pins
// are of, where they are all manifests of one.
func (r Relocation) onlyPlatform() *v1.Platform {
	var only *v1.Platform
	for _, image := range r.Images {
		switch {
		case image.Portable():
		case image.IsIndex(), only != nil && !only.Equals(image.Platforms()[0]):
			return nil
		default:
			only = &image.Platforms()[0]
		}
	}
	return only
}

// Missing are the images that a loose package runs and does not have in its repository, each
// with all that a bundle takes along: what the portable composition names, and what the
// others name besides.
func (r Relocation) Missing(p *Package) []BundledImage {
	reached := map[v1.Hash]bool{}
	var all []BundledImage
	take := func(project *compose.Project) {
		for _, place := range project.Images {
			image := r.Images[place.Ref]
			if image == nil {
				continue
			}
			root := image.Root.Descriptor
			if reached[root.Digest] {
				continue
			}
			for _, d := range append(image.Root.Listed(), root) {
				reached[d.Digest] = true
			}
			all = append(all, BundledImage{Image: image, Origin: image.Origin, Roots: []Content{image.Root}})
		}
	}
	for i, c := range slices.Backward(p.Compositions) {
		if c.Platform == nil {
			take(r.Projects[i])
		}
	}
	for i := range p.Compositions {
		take(r.Projects[i])
	}
	slices.SortFunc(all, byOrigin)
	return all
}

// Listed returns the descriptors that an index lists; none for a manifest.
func (c Content) Listed() []v1.Descriptor {
	if !c.IsIndex() {
		return nil
	}
	var index v1.IndexManifest
	if Decode(c.Bytes, &index) != nil {
		return nil
	}
	return index.Manifests
}
