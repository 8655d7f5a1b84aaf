package artifact

import (
	"maps"

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
