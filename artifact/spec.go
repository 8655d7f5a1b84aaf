package artifact

import (
	"maps"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
)

// A Spec is the plan of a package: [NewSpec] makes it from a project, [Package.Relocate]
// from a package. [Build] builds it.
type Spec struct {
	// Repository is the repository in the references to bundled images and the subject.
	Repository name.Repository
	// Mode is where the images are.
	Mode Mode
	// Parts are the compositions, in the order of the index.
	Parts []Part
	// Images are the images to copy to the package's repository, sorted by source.
	Images []BundledImage
	// Included are the compositions that the files include or extend and that are brought along.
	Included []Included
	// Listed are the image entries of the index, in order.
	Listed []v1.Descriptor
	// Indexes are the indexes of images that a flat package's index does not list. Each needs
	// its own tag.
	Indexes []v1.Descriptor
	// Subject is the image that the package is attached to, or nil.
	Subject *v1.Descriptor
	// Annotations are the annotations of the index.
	Annotations map[string]string
	// LeftOut are the platforms that some images offer but the package does not support.
	LeftOut []LeftOut
	// Single reports that the package is a single composition, without an index.
	Single bool
}

// A Part is one composition of a [Spec].
type Part struct {
	// Platform is nil for the portable composition.
	Platform *v1.Platform
	// Project is the project, and Pins are the pins of its images by [compose.Image.Path].
	Project *compose.Project
	Pins    compose.Pins
	// From is the composition to start from, or nil: everything but its Compose files is kept.
	From *Composition

	form compositionForm
	// same reports that From does not change.
	same bool
}

// annotated returns a copy of annotations with the mode added.
func annotated(annotations map[string]string, mode Mode) map[string]string {
	all := maps.Clone(annotations)
	if all == nil {
		all = map[string]string{}
	}
	all[AnnotationMode] = string(mode)
	return all
}

// Options configure the package of a project.
type Options struct {
	// Repository is the repository that the package is for.
	Repository name.Repository
	// As reports that the package is pushed under another name of Repository, which is the
	// name used where it is deployed.
	As bool
	// Mode selects whether images stay in their repositories or are copied.
	Mode Mode
	// Platforms are the platforms to package; if empty, those that every image offers.
	Platforms []v1.Platform
	// NoPortable leaves out the portable composition.
	NoPortable bool
	// Subject is the image that the package is attached to, or nil. It is in Repository.
	Subject *Image
	// Annotations are added to every composition and to the index.
	Annotations map[string]string
	// Included are the compositions that the files of a bundle include or extend, in its
	// repository.
	Included []Included
	// Flat lists the manifests of bundled images in the index instead of their indexes, for
	// registries and clients that do not support nested indexes.
	Flat bool
	// Format is the form of the package; empty: [DockerFormat].
	Format Format
	// Tag is the tag of a Margo package, and the version of its component. The component's
	// name is the last part of the repository's name. AlsoTags are further tags, which can't
	// be other versions.
	Tag      string
	AlsoTags []string
	// Legacy builds one loose, portable manifest for a registry that supports only OCI 1.0.
	Legacy bool
}

// NewSpec plans the package of a project, given its images by [compose.Image.Path]: it
// chooses the platforms, what each place runs on them, and the images to copy. It does not
// use the network.
//
// It returns a [PlatformError], naming images and platforms, if the images have no platform
// in common or lack a requested one, a [FormatError] if the format does not support the
// options, and [ErrLegacy] if the package has no OCI 1.0 form.
func NewSpec(project *compose.Project, images map[string]*Image, options Options) (Spec, error) {
	if options.Legacy && !options.HasLegacy() {
		return Spec{}, ErrLegacy
	}
	if err := options.CheckFormat(); err != nil {
		return Spec{}, err
	}
	platforms, without, err := choosePlatforms(project, images, options)
	if err != nil {
		return Spec{}, err
	}
	p := planner{Options: options, project: project, images: images, platforms: platforms, trimmed: map[*Image]Content{}}
	spec := Spec{Repository: options.Repository, Mode: options.Mode, Annotations: annotated(options.Annotations, options.Mode), LeftOut: without}
	if options.Mode == Bundled {
		all, err := p.bundle()
		if err == nil {
			err = withIndexes(spec.Annotations, all)
		}
		if err != nil {
			return Spec{}, err
		}
		spec.include(options.Included)
		for _, image := range all {
			spec.Listed = append(spec.Listed, image.listing...)
			spec.Indexes = append(spec.Indexes, image.indexes...)
			if image.Image != options.Subject {
				spec.Images = append(spec.Images, image)
			}
		}
	}
	if options.As {
		spec.Annotations[AnnotationAs] = RepositoryName(options.Repository)
	}
	if options.Subject != nil {
		spec.Subject = reference(options.Subject.Root.Descriptor)
	}
	targets := p.targets()
	spec.Single = len(targets) == 1 && options.Mode == Loose && !p.attachesToIndex()
	for _, platform := range targets {
		part, err := p.part(platform)
		if err != nil {
			return Spec{}, err
		}
		if spec.Single && platform != nil {
			part.form.annotations[AnnotationPlatform] = platform.String()
		}
		spec.Parts = append(spec.Parts, part)
	}
	return spec, nil
}

// A planner makes the spec of a project.
type planner struct {
	Options
	project   *compose.Project
	images    map[string]*Image
	platforms []v1.Platform
	trimmed   map[*Image]Content
}

// targets returns the platforms of the compositions in their order; nil stands for the
// portable composition.
func (p *planner) targets() []*v1.Platform {
	if p.Legacy || p.Format.isPlain() {
		return []*v1.Platform{nil}
	}
	var all []*v1.Platform
	for _, platform := range p.platforms {
		all = append(all, &platform)
	}
	if len(all) == 0 || len(all) > 1 && !p.NoPortable {
		all = append(all, nil)
	}
	return all
}

// part plans the composition of a platform.
func (p *planner) part(platform *v1.Platform) (Part, error) {
	form, err := p.formOf(p.Legacy)
	if err != nil {
		return Part{}, err
	}
	form.subject = p.subject(platform)
	if p.As {
		form.annotations[AnnotationAs] = RepositoryName(p.Repository)
	}
	part := Part{Platform: platform, Project: p.project, Pins: compose.Pins{}, form: form}
	for _, place := range p.project.Images {
		if part.Pins[place.Path], err = p.pin(place, platform); err != nil {
			return Part{}, err
		}
	}
	return part, nil
}

// attachesToIndex reports whether the package is attached to an image index. It is then an
// index too, even for one platform, so that it can be found as a referrer.
func (p *planner) attachesToIndex() bool { return p.Subject != nil && p.Subject.IsIndex() }

// subject returns the subject of a platform's composition: the image's manifest for it, or
// nil. The subject of the portable composition is the image itself, if it is a single
// manifest.
func (p *planner) subject(platform *v1.Platform) *v1.Descriptor {
	switch {
	case p.Subject == nil:
		return nil
	case platform != nil:
		return reference(p.Subject.On(*platform)[0])
	case p.attachesToIndex():
		return nil
	default:
		return reference(p.Subject.Root.Descriptor)
	}
}

// pin returns the pin of a place in the composition of a platform: the manifest for the
// service's own platform, otherwise for the composition's, or the image's root if the
// composition is portable.
func (p *planner) pin(place compose.Image, platform *v1.Platform) (compose.Pin, error) {
	image := p.images[place.Path]
	digest := image.Root.Descriptor.Digest
	if trimmed, ok := p.trimmed[image]; ok {
		digest = trimmed.Descriptor.Digest
	}
	if platform != nil {
		want, err := ownPlatform(place, *platform)
		if err != nil {
			return compose.Pin{}, err
		}
		if on := image.On(want); len(on) == 1 {
			digest = on[0].Digest
		} // otherwise the index selects by OS version
	}
	if p.Mode == Bundled || image == p.Subject {
		return compose.Pin{Ref: DigestName(p.Repository, digest), InPlace: true}, nil
	}
	switch p.Format {
	case MargoFormat:
		return compose.Pin{Ref: pinned(place.Ref, digest), InPlace: true}, nil
	case FlightCtlFormat:
		return compose.Pin{Ref: pinnedInFull(place.Ref, digest)}, nil
	}
	return compose.Pin{Ref: pinned(place.Ref, digest)}, nil
}

// bundle returns the images to copy, sorted by source: complete, or, if the user named
// platforms, only what those need.
func (p *planner) bundle() ([]BundledImage, error) {
	needed := map[*Image][]v1.Platform{}
	services := map[*Image][]string{}
	for _, place := range p.project.Images {
		image := p.images[place.Path]
		platforms := p.platforms
		if place.Platform != "" {
			own, err := ownPlatform(place, v1.Platform{})
			if err != nil {
				return nil, err
			}
			platforms = []v1.Platform{own}
		}
		needed[image] = append(needed[image], platforms...)
		services[image] = append(services[image], place.Service)
	}
	var all []BundledImage
	for image, platforms := range needed {
		roots, err := p.roots(image, platforms)
		if err != nil {
			return nil, err
		}
		bundled := newBundled(image, roots)
		if p.Flat {
			if bundled, err = bundled.flat(); err != nil {
				return nil, err
			}
		}
		bundled.Services = slices.Compact(slices.Sorted(slices.Values(services[image])))
		all = append(all, bundled)
	}
	slices.SortFunc(all, byOrigin)
	return all, nil
}

// roots returns the parts of an image to copy for platforms.
func (p *planner) roots(image *Image, platforms []v1.Platform) ([]Content, error) {
	if p.Flat && image.nested && image != p.Subject && len(p.Platforms) == 0 {
		platforms = image.Platforms()
	} else if image == p.Subject || len(p.Platforms) == 0 {
		return []Content{image.Root}, nil
	}
	roots, err := image.narrow(platforms, len(p.platforms) == 1)
	if err == nil && len(roots) == 1 && roots[0].IsIndex() {
		p.trimmed[image] = roots[0]
	}
	return roots, err
}
