package artifact

import (
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
)

// Options say what a package of a project is like.
type Options struct {
	// Repository is the one that the package is for.
	Repository name.Repository
	// As tells that Repository is the name that the place of use knows, and that the package
	// is pushed to another name of it.
	As bool
	// Mode tells whether the images stay where they are or are copied along.
	Mode Mode
	// Platforms are the platforms to package; none means those that every image offers.
	Platforms []v1.Platform
	// NoPortable leaves out the portable composition.
	NoPortable bool
	// Subject is the image that the package is attached to, or nil. It is in Repository.
	Subject *Image
	// Annotations go on every composition and on the index.
	Annotations map[string]string
	// Included are the compositions that the files of a bundle include or extend, in its
	// repository.
	Included []Included
	// Flat lists the manifests of bundled images in the index, in the place of their indexes,
	// for registries and clients that take no index in an index.
	Flat bool
	// Format is the form of the package; empty: [DockerFormat].
	Format Format
	// Tag is the tag of a Margo package, which says the version of its component. The component
	// is called like the last part of the repository's name. AlsoTags are further tags, which
	// can't be other versions.
	Tag      string
	AlsoTags []string
	// Legacy builds what a registry of OCI 1.0 takes: one loose, portable manifest.
	Legacy bool
}

// NewSpec says how a project is packaged, given its images by [compose.Image.Path]: it
// chooses the platforms, what each place runs on them, and what is copied along. It asks
// nothing of the network.
//
// It returns a [PlatformError], naming services and platforms, where the images have no
// platform in common or one lacks a platform that is asked for, and [ErrLegacy] for what a
// registry of OCI 1.0 can't hold.
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

// targets are the platforms of the compositions in their order; nil is the portable one's.
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

// part says how the composition of a platform is built.
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

// attachesToIndex tells whether the package is attached to an image index. It is an index
// then as well, for one platform too, to be found from there.
func (p *planner) attachesToIndex() bool { return p.Subject != nil && p.Subject.IsIndex() }

// subject is what the composition of a platform is attached to: the image's manifest for
// it, or nil. The portable composition has the image itself, where that is one manifest.
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

// pin is what a place gets in the composition of a platform: the manifest of the platform,
// the service's own before the composition's, or the image's root where the composition is
// portable.
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
		} // else the index chooses, by the version of the operating system
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
