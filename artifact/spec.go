package artifact

import (
	"maps"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
)

// A Spec says all that a package is built from: [NewSpec] makes one of a project,
// [Package.Relocate] one of a package. [Build] builds it.
type Spec struct {
	// Repository is the one that the package is for: what the files call the bundled
	// images and the subject by.
	Repository name.Repository
	// Mode tells where the images are.
	Mode Mode
	// Parts are the compositions, in the order of the index.
	Parts []Part
	// Images are what has to be brought to the package, sorted by where it comes from.
	Images []BundledImage
	// Included are the compositions that the files include or extend and that are brought along.
	Included []Included
	// Listed are the images in the order of the index.
	Listed []v1.Descriptor
	// Indexes are those of images that the package's index does not list, because it lists
	// what they list. Each has to have a tag of its own.
	Indexes []v1.Descriptor
	// Subject is the image that the package is attached to, or nil.
	Subject *v1.Descriptor
	// Annotations are those of the index.
	Annotations map[string]string
	// LeftOut are the platforms that some images offer and the package is not for.
	LeftOut []LeftOut
	// Single tells that the only composition stands alone, without an index.
	Single bool
}

// A Part is one composition of a [Spec].
type Part struct {
	// Platform is nil for the portable composition.
	Platform *v1.Platform
	// Project is the application, and Pins what its places run, by [compose.Image.Path].
	Project *compose.Project
	Pins    compose.Pins
	// From is the composition that this one is made of, or nil: all that it has besides
	// Compose files stays.
	From *Composition

	form compositionForm
	// same tells that nothing of From changes.
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
