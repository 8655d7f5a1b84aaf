package artifact

import (
	"maps"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
)

// A Relocation says where a package goes, and what it takes along.
type Relocation struct {
	// Repository is where it goes. The zero value is a place that has no name: images keep
	// theirs.
	Repository name.Repository
	// As tells that Repository is the name that the place of use knows, and that the package
	// goes to another name of it.
	As bool
	// Bundle takes the images along that are elsewhere.
	Bundle bool
	// Platforms, if any, are the only ones that it is for there.
	Platforms []v1.Platform
	// Flat lists the manifests of bundled images in the index, in the place of their indexes.
	// What is flat stays so.
	Flat bool
	// Projects are the applications of the compositions, in their order. Those that are not
	// [Package.Kept] may be nil.
	Projects []*compose.Project
	// Subject is the image that the package is attached to, or nil.
	Subject *Image
	// Images are the images of [Relocation.Elsewhere], by the reference in the files.
	Images map[string]*Image
	// Included are the compositions that the files of Projects include or extend, where they are
	// taken along: nil where their references stay as they are.
	Included []Included
	// Listed are the images that the package's index lists, and those of its Indexes. They are
	// needed where Platforms are named, or Flat is set.
	Listed []*Image
}

// Relocate says how a package is built for another place: the images that are taken along
// are named there, by the same digests. All else that the compositions and the index say
// stays, and a composition for which nothing changes stays as it is.
//
// It returns a [PlatformError] where the package has nothing for a platform.
func (p *Package) Relocate(r Relocation) (Spec, error) {
	if p.Format() == MargoFormat && (r.Bundle || len(r.Platforms) > 0) {
		return Spec{}, errMargo
	}
	kept, err := p.keep(r.Platforms)
	if err != nil {
		return Spec{}, err
	}
	m := mover{Relocation: r, old: p, kept: kept, trimmed: map[v1.Hash]v1.Hash{}}
	spec := Spec{Repository: r.Repository, Mode: p.Mode, Subject: p.Subject}
	if r.Bundle {
		spec.Mode = Bundled
	}
	if len(r.Platforms) > 0 {
		spec.Subject = nil // an image of some platforms is not the subject
	}
	spec.Single = spec.Mode == Loose && !p.IsIndex()
	spec.Annotations = m.annotations(p.Annotations, spec)
	if spec.Images, err = m.images(); err != nil {
		return Spec{}, err
	}
	spec.include(p.withOrigins(r.Included))
	for _, image := range spec.Images {
		spec.Listed = append(spec.Listed, image.listing...)
		spec.Indexes = append(spec.Indexes, image.indexes...)
	}
	if err := withIndexes(spec.Annotations, spec.Images); err != nil {
		return Spec{}, err
	}
	for _, k := range kept {
		part, err := m.part(k, spec)
		if err != nil {
			return Spec{}, err
		}
		spec.Parts = append(spec.Parts, part)
	}
	return spec, nil
}

// Verbatim says how a package is copied as it is: with its images, where it is bundled, and
// the image that it is attached to. It is not built from this Spec.
func (p *Package) Verbatim() Spec {
	spec := Spec{Mode: p.Mode, Subject: p.Subject, Listed: p.Images, Indexes: p.Indexes, Annotations: p.Annotations, Single: !p.IsIndex()}
	spec.Images = p.ownImages()
	if p.Subject != nil {
		spec.Images = append(spec.Images, BundledImage{Origin: p.Subject.Digest.String(), Roots: []Content{{Descriptor: *p.Subject}}})
	}
	return spec
}

// ownImages are the images of a bundle, as its index lists them.
func (p *Package) ownImages() []BundledImage {
	var all []BundledImage
	for _, d := range p.Images {
		all = append(all, BundledImage{Origin: originOf(d), Roots: []Content{{Descriptor: *reference(d)}}, listing: []v1.Descriptor{d}})
	}
	for _, d := range p.Indexes {
		all = append(all, BundledImage{Origin: originOf(d), Roots: []Content{{Descriptor: *reference(d)}}, indexes: []v1.Descriptor{d}})
	}
	return all
}

// originOf names a bundled image by where it came from.
func originOf(d v1.Descriptor) string {
	if origin := d.Annotations[AnnotationImageRef]; origin != "" {
		return origin
	}
	return d.Digest.String()
}

// A mover makes the spec of a package that goes elsewhere.
type mover struct {
	Relocation
	old  *Package
	kept []kept
	// trimmed are the digests of indexes of which only some platforms go along, with those of
	// what is in their place.
	trimmed map[v1.Hash]v1.Hash
}

// part says how a composition is built.
func (m mover) part(k kept, spec Spec) (Part, error) {
	old := m.old.Compositions[k.index]
	part := Part{Platform: k.platform, Project: m.Projects[k.index], From: &old}
	if part.Platform == nil && !m.old.IsIndex() {
		part.Platform = m.onlyPlatform()
	}
	form := compositionForm{
		artifactType: old.Manifest.ArtifactType, config: old.Manifest.Config, subject: old.Manifest.Subject,
		annotations: m.annotations(old.Manifest.Annotations, spec),
	}
	if k.derived && m.Subject != nil {
		form.subject = reference(m.Subject.On(*k.platform)[0])
	}
	if k.derived && spec.Single {
		form.annotations[AnnotationPlatform] = k.platform.String()
	}
	part.form = form
	var err error
	part.Pins, part.same, err = m.pins(k)
	part.same = part.same && (m.Included == nil || len(part.Project.Includes) == 0) && maps.Equal(form.annotations, old.Manifest.Annotations) && form.subject == old.Manifest.Subject
	return part, err
}

// annotations are those of a manifest before, for a spec.
func (m mover) annotations(before map[string]string, spec Spec) map[string]string {
	all := annotated(before, spec.Mode)
	if !spec.Single {
		delete(all, AnnotationPlatform) // the index says it
	}
	delete(all, AnnotationIndexes) // said anew
	if m.As {
		all[AnnotationAs] = RepositoryName(m.Repository)
	} else if m.hasName() && all[AnnotationAs] != RepositoryName(m.Repository) {
		delete(all, AnnotationAs)
	}
	return all
}

// pins are what the places of a composition get: images that are taken along are in the new
// repository, the others where they were. It also tells whether nothing changes.
func (m mover) pins(k kept) (pins compose.Pins, same bool, err error) {
	pins, same = compose.Pins{}, true
	for _, place := range m.Projects[k.index].Images {
		pin, err := m.pin(place, k)
		if err != nil {
			return nil, false, err
		}
		pins[place.Path] = pin
		same = same && pin.Ref == place.Ref
	}
	return pins, same, nil
}

// pin is what a place gets.
func (m mover) pin(place compose.Image, k kept) (compose.Pin, error) {
	digest, inRepo := m.digestInRepo(m.old, place)
	image, found := m.imageOf(place)
	if !inRepo && !found {
		return compose.Pin{Ref: place.Ref}, nil
	}
	if !inRepo {
		digest = image.Root.Descriptor.Digest
	}
	written := digest
	if found && k.derived {
		want, err := ownPlatform(place, *k.platform)
		if err != nil {
			return compose.Pin{}, err
		}
		switch on := image.On(want); len(on) {
		case 0:
			return compose.Pin{}, &PlatformError{Reason: "images lack a platform", Details: lacking(
				map[string][]v1.Platform{image.Name: image.Platforms()}, []v1.Platform{want})}
		case 1:
			digest = on[0].Digest
		}
	}
	if trimmed, ok := m.trimmed[digest]; ok {
		digest = trimmed
	}
	switch {
	case m.hasName() && (inRepo || m.Bundle):
		return compose.Pin{Ref: DigestName(m.Repository, digest), InPlace: true}, nil
	case digest == written:
		return compose.Pin{Ref: place.Ref}, nil
	default:
		return compose.Pin{Ref: pinned(place.Ref, digest), InPlace: m.old.Mode == Bundled}, nil
	}
}

// hasName tells whether the place that the package goes to has a name.
func (m mover) hasName() bool { return m.Repository.RepositoryStr() != "" }

// onlyPlatform is the platform of a composition that stands alone: the one that its pins
// are of, where they are all manifests of one.
func (m mover) onlyPlatform() *v1.Platform {
	var only *v1.Platform
	for _, image := range m.Images {
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
	return r.Subject != nil && r.Subject.has(digest.DigestStr())
}

// has tells whether a digest is the image's or that of one of its manifests.
func (i *Image) has(digest string) bool {
	is := func(d v1.Descriptor) bool { return d.Digest.String() == digest }
	return is(i.Root.Descriptor) || slices.ContainsFunc(i.Manifests, is)
}
