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

	// listing is how the package's index lists it: without platform, so that no client takes
	// it for a composition, and with where it came from. It is empty where the index does not.
	listing []v1.Descriptor
}

// newBundled returns an image of which roots are taken along.
func newBundled(image *Image, roots []Content) BundledImage {
	b := BundledImage{Image: image, Origin: image.Origin, Roots: roots}
	for _, root := range roots {
		d := reference(root.Descriptor)
		d.Annotations = map[string]string{AnnotationImageRef: image.Origin}
		b.listing = append(b.listing, *d)
	}
	return b
}

// String names the image, and who runs it.
func (i BundledImage) String() string {
	if len(i.Services) == 0 {
		return i.Origin
	}
	return fmt.Sprintf("%s (service %s)", i.Origin, strings.Join(i.Services, ", "))
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
		bundled := newBundled(image, roots)
		bundled.Services = slices.Compact(slices.Sorted(slices.Values(services[image])))
		all = append(all, bundled)
	}
	slices.SortFunc(all, byOrigin)
	return all, nil
}

func byOrigin(a, b BundledImage) int { return strings.Compare(a.Origin, b.Origin) }

// roots decides what is copied of an image that is needed on platforms.
func (p *planner) roots(image *Image, platforms []v1.Platform) ([]Content, error) {
	if image == p.Subject || len(p.Platforms) == 0 {
		return []Content{image.Root}, nil
	}
	roots, err := image.narrow(platforms, len(p.platforms) == 1)
	if err == nil && len(roots) == 1 && roots[0].IsIndex() {
		p.trimmed[image] = roots[0]
	}
	return roots, err
}

// narrow returns what of an image is needed on platforms: a trimmed index, or the manifests
// alone where flat is set and nothing has to choose between them.
func (i *Image) narrow(platforms []v1.Platform, flat bool) ([]Content, error) {
	if !i.IsIndex() || i.Portable() {
		return []Content{i.Root}, nil
	}
	several := func(p v1.Platform) bool { return len(i.On(p)) > 1 }
	if flat && !slices.ContainsFunc(platforms, several) {
		var some []Content
		for _, m := range i.needed(platforms) {
			some = append(some, Content{Descriptor: m})
		}
		return some, nil
	}
	trimmed, err := i.Trim(platforms)
	return []Content{trimmed}, err
}
