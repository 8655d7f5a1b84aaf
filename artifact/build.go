package artifact

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
)

// A Spec is all that a package is built from.
type Spec struct {
	// Project is the application.
	Project *compose.Project
	// Mode tells whether the images stay where they are or go along.
	Mode Mode
	// Target is the repository that the package is for.
	Target name.Repository
	// Images are the resolved images, by [compose.Image.Path].
	Images map[string]*Image
	// Subject is the image that the package is attached to, or nil.
	Subject *Image
	// Platforms are the platforms to package; none means those that every image
	// offers.
	Platforms []v1.Platform
	// NoPortable leaves out the portable composition.
	NoPortable bool
	// Annotations go on every composition and on the index.
	Annotations map[string]string
	// Legacy builds what a registry of OCI 1.0 takes: one loose, portable manifest.
	Legacy bool
}

// A Package is an application as it goes to a registry: all bytes, and the
// images that are to be copied. The same Spec gives the same Package.
type Package struct {
	// Repository is where it goes.
	Repository name.Repository
	// Mode tells where its images are.
	Mode Mode
	// Root is what a tag points at: the index, or the only composition's manifest.
	Root Content
	// Compositions are in the order of the index, the portable one last.
	Compositions []Composition
	// Images are what a bundle copies, sorted by where they come from.
	Images []BundledImage
	// Subject is the image that the package is attached to, or nil.
	Subject *Image
	// Source is the repository that kept layers are copied from, where the package
	// comes from another.
	Source name.Repository
	// Pins tell what each place of the application runs, by platform.
	Pins []PlatformPins
}

// PlatformPins are the images of one composition, by [compose.Image.Path].
type PlatformPins struct {
	Platform *v1.Platform
	Pins     compose.Pins
}

// IsIndex tells whether the package is an index.
func (p *Package) IsIndex() bool { return p.Root.Descriptor.MediaType.IsIndex() }

// Build packages an application. It asks nothing of the network.
//
// It errors, naming services and platforms, when the images have no platform in
// common or one lacks a platform asked for.
func Build(ctx context.Context, spec Spec) (*Package, error) {
	platforms, err := choosePlatforms(spec)
	if err != nil {
		return nil, err
	}
	pinner, err := spec.Project.Pinner(ctx)
	if err != nil {
		return nil, err
	}
	b := builder{spec: spec, platforms: platforms, pinner: pinner}
	if spec.Legacy {
		return b.legacy(ctx)
	}
	p := &Package{Repository: spec.Target, Mode: spec.Mode, Subject: spec.Subject}
	if spec.Mode == Bundled {
		if p.Images, err = b.bundle(); err != nil {
			return nil, err
		}
	}
	for _, platform := range b.targets() {
		if err := b.add(ctx, p, platform); err != nil {
			return nil, err
		}
	}
	if len(p.Compositions) == 1 && spec.Mode == Loose && !b.attachesToIndex() {
		p.Root = p.Compositions[0].Content
		return p, nil
	}
	var images []v1.Descriptor
	for _, image := range p.Images {
		images = append(images, image.descriptors()...)
	}
	var subject *v1.Descriptor
	if spec.Subject != nil {
		subject = reference(spec.Subject.Root.Descriptor)
	}
	p.Root, err = newIndex(p.Compositions, images, subject, annotated(spec.Annotations, spec.Mode))
	return p, err
}

// A builder builds the parts of a package.
type builder struct {
	spec      Spec
	platforms []v1.Platform
	trimmed   map[*Image]Content
	pinner    *compose.Pinner
}

// targets are the platforms of the compositions in their order; nil stands for
// the portable one.
func (b *builder) targets() []*v1.Platform {
	var all []*v1.Platform
	for _, p := range b.platforms {
		all = append(all, &p)
	}
	if len(all) == 0 || len(all) > 1 && !b.spec.NoPortable {
		all = append(all, nil)
	}
	return all
}

// add builds the composition of one platform.
func (b *builder) add(ctx context.Context, p *Package, platform *v1.Platform) error {
	pins := compose.Pins{}
	for _, place := range b.spec.Project.Images {
		pin, err := b.pin(place, platform)
		if err != nil {
			return err
		}
		pins[place.Path] = pin
	}
	files, err := b.pinner.Pin(ctx, pins)
	if err != nil {
		return err
	}
	names := newFileNames()
	for _, file := range files {
		if err := names.add(file.Name); err != nil {
			return fmt.Errorf("packaging the files: %w", err)
		}
	}
	form := manifestForm{annotations: annotated(b.spec.Annotations, b.spec.Mode), legacy: b.spec.Legacy}
	form.subject = b.subject(platform)
	c, err := newComposition(files, platform, form)
	if err != nil {
		return err
	}
	p.Compositions = append(p.Compositions, c)
	p.Pins = append(p.Pins, PlatformPins{Platform: platform, Pins: pins})
	return nil
}

// attachesToIndex tells whether the package is attached to an image index. It is
// an index then as well, for one platform too, to be found from there.
func (b *builder) attachesToIndex() bool {
	return b.spec.Subject != nil && b.spec.Subject.IsIndex()
}

// subject is what the composition of a platform is attached to: the image's
// manifest for it, or nil. The portable composition has the image itself, where
// that is one manifest.
func (b *builder) subject(platform *v1.Platform) *v1.Descriptor {
	switch {
	case b.spec.Subject == nil:
		return nil
	case platform != nil:
		manifest, _ := b.spec.Subject.For(*platform)
		return reference(manifest)
	case b.attachesToIndex():
		return nil
	default:
		return reference(b.spec.Subject.Root.Descriptor)
	}
}

// pin is what the place gets in the composition of the platform: the manifest
// of the platform, the service's own before the composition's, or the image's
// root where the composition is portable.
func (b *builder) pin(place compose.Image, platform *v1.Platform) (compose.Pin, error) {
	image := b.spec.Images[place.Path]
	digest := image.Root.Descriptor.Digest
	if trimmed, ok := b.trimmed[image]; ok {
		digest = trimmed.Descriptor.Digest
	}
	if platform != nil {
		want, err := ownPlatform(place, *platform)
		if err != nil {
			return compose.Pin{}, err
		}
		manifest, _ := image.For(want)
		digest = manifest.Digest
	}
	if b.spec.Mode == Bundled || image == b.spec.Subject {
		return compose.Pin{Ref: DigestName(b.spec.Target, digest), InPlace: true}, nil
	}
	return compose.Pin{Ref: pinned(place.Ref, digest)}, nil
}

// legacy builds the one manifest that a registry of OCI 1.0 takes.
func (b *builder) legacy(ctx context.Context) (*Package, error) {
	if b.spec.Mode == Bundled || b.spec.Subject != nil {
		return nil, ErrLegacy
	}
	p := &Package{Repository: b.spec.Target, Mode: Loose}
	if err := b.add(ctx, p, nil); err != nil {
		return nil, err
	}
	p.Root = p.Compositions[0].Content
	return p, nil
}
