package artifact

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ocompose/ocompose/compose"
)

// ErrLegacy is returned for packages that a registry limited to OCI 1.0 can't store: see
// [Options.HasLegacy].
var ErrLegacy = errors.New("the registry accepts only OCI 1.0 manifests, without artifactType and subject")

// A PlatformError reports that the images of an application do not offer the platforms to
// package.
type PlatformError struct {
	// Reason is what is wrong, in a few words.
	Reason string
	// Details describe the platforms of each image, one line each.
	Details []string
}

func (e *PlatformError) Error() string {
	return e.Reason + ": " + strings.Join(e.Details, "; ")
}

// An ImageError reports why the image of a service can't be used.
type ImageError struct {
	// Place is the image in the project, with its file and line.
	Place compose.Image
	// Err is the reason.
	Err error
}

func (e *ImageError) Error() string {
	at := ""
	if e.Place.Position.File != "" {
		at = fmt.Sprintf(" (%s:%d)", e.Place.Position.File, e.Place.Position.Line)
	}
	if e.Place.Ref == "" {
		return fmt.Sprintf("service %q%s: %v", e.Place.Service, at, e.Err)
	}
	return fmt.Sprintf("service %q%s: image %q: %v", e.Place.Service, at, e.Place.Ref, e.Err)
}

func (e *ImageError) Unwrap() error { return e.Err }

// ErrNoImage is the [ImageError] of a service that has only a build section.
var ErrNoImage = errors.New("has build: but no image:") //nolint:revive,staticcheck // it ends with a key of the Compose file

// ErrNotPushed is the [ImageError] of a service whose image is built and can't be read from
// its registry.
var ErrNotPushed = errors.New("it has build: and can't be read from its registry")

// ErrComposition is returned by [NewImage] if the image is a composition.
var ErrComposition = errors.New("it is a composition, not a container image")

// A NotCompositionError reports that a reference is not a composition.
type NotCompositionError struct {
	// Ref is the reference.
	Ref string
	// Is describes what it is instead, such as "a container image".
	Is string
}

func (e *NotCompositionError) Error() string {
	return fmt.Sprintf("%s is %s, not a composition", e.Ref, e.Is)
}

// A NotFoundError reports that something was not found. What is the message.
type NotFoundError struct{ What string }

func (e *NotFoundError) Error() string { return e.What }
