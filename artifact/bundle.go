package artifact

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A BundledImage is an image that is copied along with its application.
type BundledImage struct {
	// Image is where it comes from; nil for one that is where the package comes from.
	Image *Image
	// Origin is the full name of the image that it is a copy of, for people.
	Origin string
	// Roots are what is copied, with all that it reaches: the image's index, the index
	// trimmed to some platforms, or the manifests of one platform. One that has no bytes is
	// read where the image comes from.
	Roots []Content
	// Services are the names of those that run it, for people.
	Services []string
}

// String names the image, and who runs it.
func (i BundledImage) String() string {
	if len(i.Services) == 0 {
		return i.Origin
	}
	return fmt.Sprintf("%s (service %s)", i.Origin, strings.Join(i.Services, ", "))
}

// entries are how the composition index lists the image: without platform, so that no
// client takes it for a composition, and with where it came from.
func (i BundledImage) entries() []v1.Descriptor {
	var all []v1.Descriptor
	for _, root := range i.Roots {
		d := reference(root.Descriptor)
		d.Annotations = map[string]string{AnnotationImageRef: i.Origin}
		all = append(all, *d)
	}
	return all
}

// bundle decides what of each image is copied along, sorted by where it comes from: all of
// it, or, where the user named platforms, what those need.
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
		all = append(all, BundledImage{
			Image: image, Origin: image.Origin, Roots: roots,
			Services: slices.Compact(slices.Sorted(slices.Values(services[image]))),
		})
	}
	slices.SortFunc(all, byOrigin)
	return all, nil
}

func byOrigin(a, b BundledImage) int { return strings.Compare(a.Origin, b.Origin) }

// roots decides what is copied of an image that is needed on platforms.
func (p *planner) roots(image *Image, platforms []v1.Platform) ([]Content, error) {
	whole := image == p.Subject || len(p.Platforms) == 0 || !image.IsIndex() || image.Portable()
	if whole {
		return []Content{image.Root}, nil
	}
	if len(p.platforms) == 1 && p.isOneEach(image, platforms) {
		var some []Content
		for _, m := range image.needed(platforms) {
			some = append(some, Content{Descriptor: m})
		}
		return some, nil
	}
	trimmed, err := image.Trim(platforms)
	if err != nil {
		return nil, err
	}
	p.trimmed[image] = trimmed
	return []Content{trimmed}, nil
}

// isOneEach tells whether one manifest of the image runs on each of the platforms, so that
// nothing has to choose between several.
func (p *planner) isOneEach(image *Image, platforms []v1.Platform) bool {
	return !slices.ContainsFunc(platforms, func(p v1.Platform) bool { return len(image.On(p)) > 1 })
}
