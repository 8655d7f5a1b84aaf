package artifact

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/limits"
)

// A BundledImage is an image that is copied together with its application.
type BundledImage struct {
	// Image is the source image; nil if the image is in the same place as the package.
	Image *Image
	// Origin is the full name of the source image, for display.
	Origin string
	// Roots are copied with everything they reference: the image's index, the index trimmed to
	// some platforms, or the manifests of one platform. A root without bytes is read from the
	// source.
	Roots []Content
	// Services are the names of the services that run it, for display.
	Services []string

	// listing holds the entries of the image in the package's index: without a platform, so
	// that no client mistakes them for compositions, and with the source. It is empty if the
	// index does not list the image.
	listing []v1.Descriptor
	// indexes are the roots that are indexes, if the package's index lists their manifests
	// instead.
	indexes []v1.Descriptor
}

// Indexes returns the roots that need their own tag, because the package's index does not
// list them.
func (i BundledImage) Indexes() []v1.Descriptor { return i.indexes }

// newBundled returns an image whose roots are copied.
func newBundled(image *Image, roots []Content) BundledImage {
	b := BundledImage{Image: image, Origin: image.Origin, Roots: roots}
	for _, root := range roots {
		b.listing = append(b.listing, named(root.Descriptor, image.Origin))
	}
	return b
}

// named returns the entry of an image's manifest in an index.
func named(d v1.Descriptor, origin string) v1.Descriptor {
	listed := reference(d)
	listed.Annotations = map[string]string{AnnotationImageRef: origin}
	return *listed
}

// flat returns the image as listed in an index without nested indexes. The bytes of roots
// that are indexes must be known.
func (i BundledImage) flat() (BundledImage, error) {
	i.listing, i.indexes = nil, nil
	for _, root := range i.Roots {
		if !root.IsIndex() {
			i.listing = append(i.listing, named(root.Descriptor, i.Origin))
			continue
		}
		var index v1.IndexManifest
		if err := limits.Decode(root.Bytes, &index); err != nil {
			return i, fmt.Errorf("reading the index of %q: %w", i.Origin, err)
		}
		i.indexes = append(i.indexes, named(root.Descriptor, i.Origin))
		for _, d := range index.Manifests {
			i.listing = append(i.listing, named(d, i.Origin))
		}
	}
	return i, nil
}

// withIndexes records, in the annotations of a package's index, the indexes of images that
// it does not list.
func withIndexes(annotations map[string]string, images []BundledImage) error {
	delete(annotations, AnnotationIndexes)
	var all []v1.Descriptor
	for _, image := range images {
		all = append(all, image.indexes...)
	}
	if len(all) == 0 {
		return nil
	}
	raw, err := json.Marshal(all)
	if err != nil {
		return err
	}
	annotations[AnnotationIndexes] = string(raw)
	return nil
}

// parseIndexes reads the annotation that withIndexes writes.
func parseIndexes(annotations map[string]string) ([]v1.Descriptor, error) {
	raw, ok := annotations[AnnotationIndexes]
	if !ok {
		return nil, nil
	}
	var all []v1.Descriptor
	if err := limits.Decode([]byte(raw), &all); err != nil {
		return nil, fmt.Errorf("reading its annotation %s: %w", AnnotationIndexes, err)
	}
	for _, d := range all {
		if !d.MediaType.IsIndex() || d.Digest.Hex == "" {
			return nil, fmt.Errorf("its annotation %s lists a descriptor that is not an index", AnnotationIndexes)
		}
	}
	return all, nil
}

// String returns the image's name and the services that run it.
func (i BundledImage) String() string {
	if len(i.Services) == 0 {
		return i.Origin
	}
	return fmt.Sprintf("%s (service %s)", i.Origin, strings.Join(i.Services, ", "))
}

func byOrigin(a, b BundledImage) int { return strings.Compare(a.Origin, b.Origin) }

// narrow returns the parts of an image that platforms need: a trimmed index, or only the
// manifests if flat is set and each platform has one.
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
