package artifact

import (
	"maps"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
)

// A Relocation describes where a package is copied, and what is copied with it.
type Relocation struct {
	// Repository is the destination. The zero value is a destination without a name, where
	// images keep their names.
	Repository name.Repository
	// As reports that the package is pushed under another name of Repository, which is the
	// name used where it is deployed.
	As bool
	// Bundle also copies the images that are in other repositories.
	Bundle bool
	// Platforms are the platforms to keep; if empty, all.
	Platforms []v1.Platform
	// Flat lists the manifests of bundled images in the index instead of their indexes. A flat
	// package stays flat.
	Flat bool
	// Projects are the projects of the compositions, in their order. Projects of compositions
	// that are not [Package.Kept] may be nil.
	Projects []*compose.Project
	// Subject is the image that the package is attached to, or nil.
	Subject *Image
	// Images are the resolved images of [Relocation.Elsewhere], by the reference in the files.
	Images map[string]*Image
	// Included are the compositions that the files of Projects include or extend, where they are
	// taken along: nil where their references stay as they are.
	Included []Included
	// Listed are the resolved images of the package's Images and Indexes. They are required if
	// Platforms or Flat is set.
	Listed []*Image
}

// Relocate plans the package for another repository: references to copied images name that
// repository, with the same digests. Everything else in the compositions and the index is
// kept, and a composition that needs no change keeps its digest. It does not use the
// network.
//
// It returns a [PlatformError] if the package does not support a platform.
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
		spec.Subject = nil // an image trimmed to some platforms is not the subject
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

// Verbatim plans an unchanged copy of a package: with its images, if it is bundled, and the
// image that it is attached to. The Spec is not for [Build].
func (p *Package) Verbatim() Spec {
	spec := Spec{Mode: p.Mode, Subject: p.Subject, Listed: p.Images, Indexes: p.Indexes, Annotations: p.Annotations, Single: !p.IsIndex()}
	spec.Images = p.ownImages()
	if p.Subject != nil {
		spec.Images = append(spec.Images, BundledImage{Origin: p.Subject.Digest.String(), Roots: []Content{{Descriptor: *p.Subject}}})
	}
	return spec
}

// ownImages returns the images of a bundle, as its index lists them.
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

// originOf returns the source of a bundled image, otherwise its digest.
func originOf(d v1.Descriptor) string {
	if origin := d.Annotations[AnnotationImageRef]; origin != "" {
		return origin
	}
	return d.Digest.String()
}

// A mover makes the spec of a package for another place.
type mover struct {
	Relocation
	old  *Package
	kept []kept
	// trimmed maps the digests of indexes that lost platforms to those of their replacements.
	trimmed map[v1.Hash]v1.Hash
}

// part plans a composition.
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

// annotations returns a manifest's annotations, updated for a spec.
func (m mover) annotations(before map[string]string, spec Spec) map[string]string {
	all := annotated(before, spec.Mode)
	if !spec.Single {
		delete(all, AnnotationPlatform) // the index has it
	}
	delete(all, AnnotationIndexes) // written again below
	if m.As {
		all[AnnotationAs] = RepositoryName(m.Repository)
	} else if m.hasName() && all[AnnotationAs] != RepositoryName(m.Repository) {
		delete(all, AnnotationAs)
	}
	return all
}

// pins returns the pins of a composition: copied images are in the new repository, the
// others where they were. It also reports whether nothing changes.
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

// pin returns the pin of a place.
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

// hasName reports whether the destination has a name.
func (m mover) hasName() bool { return m.Repository.RepositoryStr() != "" }

// onlyPlatform returns the platform of a composition outside an index: that of its pins, if
// all are manifests of one platform.
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

// digestInRepo returns the digest of a place's image if it is in the package's own
// repository: every image of a bundle, and the subject. The files may name another
// repository, from which another client copied the package.
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

// isSubject reports whether the digest is that of the subject or one of its manifests.
func (r Relocation) isSubject(digest name.Digest) bool {
	return r.Subject != nil && r.Subject.has(digest.DigestStr())
}

// has reports whether a digest is that of the image or one of its manifests.
func (i *Image) has(digest string) bool {
	is := func(d v1.Descriptor) bool { return d.Digest.String() == digest }
	return is(i.Root.Descriptor) || slices.ContainsFunc(i.Manifests, is)
}
