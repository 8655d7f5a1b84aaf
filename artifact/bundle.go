package artifact

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A BundledImage is an image that goes along with its application.
type BundledImage struct {
	// Image is where it comes from.
	Image *Image
	// Roots are what goes along, with all that it reaches: the image's index, the
	// index trimmed to some platforms, or the manifests of one platform. One that
	// has no bytes is read where it is.
	Roots []Content
	// There tells that the image is in the repository already.
	There bool
	// Services are the names of those that run it, for people.
	Services []string
	// Unlisted keeps it out of the composition index.
	Unlisted bool
}

// String names the image, and who runs it.
func (i BundledImage) String() string {
	if len(i.Services) == 0 {
		return i.Image.Origin
	}
	return fmt.Sprintf("%s (service %s)", i.Image.Origin, strings.Join(i.Services, ", "))
}

// descriptors are how the composition index lists the image: without platform,
// so that no client takes it for a composition, and with where it came from.
func (i BundledImage) descriptors() []v1.Descriptor {
	if i.Unlisted {
		return nil
	}
	var all []v1.Descriptor
	for _, root := range i.Roots {
		d := reference(root.Descriptor)
		d.Annotations = map[string]string{AnnotationImageRef: i.Image.Origin}
		all = append(all, *d)
	}
	return all
}

// Bundle decides what of each image goes along with the application, sorted by
// where it comes from: nothing, where the package is not bundled. It errors where
// [Build] does for its platforms.
func Bundle(spec Spec) ([]BundledImage, error) {
	platforms, err := choosePlatforms(spec)
	if err != nil || spec.Mode != Bundled {
		return nil, err
	}
	b := builder{spec: spec, platforms: platforms}
	return b.bundle()
}

// bundle decides what of each image goes along: all of it, or, where the user
// named platforms, what those need.
func (b *builder) bundle() ([]BundledImage, error) {
	b.trimmed = map[*Image]Content{}
	needed := map[*Image][]v1.Platform{}
	services := map[*Image][]string{}
	for _, place := range b.spec.Project.Images {
		image := b.spec.Images[place.Path]
		platforms := b.platforms
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
		bundled, err := b.bundleImage(image, platforms)
		if err != nil {
			return nil, err
		}
		bundled.Services = slices.Compact(slices.Sorted(slices.Values(services[image])))
		all = append(all, bundled)
	}
	slices.SortFunc(all, func(a, b BundledImage) int {
		return strings.Compare(a.Image.Origin, b.Image.Origin)
	})
	return all, nil
}

// bundleImage decides what goes along of an image that is needed on platforms.
func (b *builder) bundleImage(image *Image, platforms []v1.Platform) (BundledImage, error) {
	whole := BundledImage{Image: image, Roots: []Content{image.Root}, There: image == b.spec.Subject}
	if whole.There || len(b.spec.Platforms) == 0 || !image.IsIndex() || image.Portable() {
		return whole, nil
	}
	if len(b.platforms) == 1 {
		some := BundledImage{Image: image}
		for _, m := range neededManifests(image, platforms) {
			some.Roots = append(some.Roots, Content{Descriptor: m})
		}
		return some, nil
	}
	trimmed, err := image.Trim(platforms)
	if err != nil {
		return BundledImage{}, err
	}
	b.trimmed[image] = trimmed
	return BundledImage{Image: image, Roots: []Content{trimmed}}, nil
}

// neededManifests are the image's manifests for the platforms, each once, in
// the order of the index.
func neededManifests(image *Image, platforms []v1.Platform) []v1.Descriptor {
	need := map[v1.Hash]bool{}
	for _, p := range platforms {
		if m, ok := image.For(p); ok {
			need[m.Digest] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(image.Manifests), func(m v1.Descriptor) bool { return !need[m.Digest] })
}
