package artifact

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ocompose/ocompose/compose"
)

// ErrLegacy is returned for what a registry of OCI 1.0 can't hold: see
// [Options.HasLegacy].
var ErrLegacy = errors.New("the registry takes OCI 1.0 manifests only, without artifactType and subject")

// A PlatformError tells that the images of an application do not offer the
// platforms that it is to be packaged for.
type PlatformError struct {
	// Reason is what is wrong.
	Reason string
	// Details tell what each image offers.
	Details []string
}

func (e *PlatformError) Error() string {
	return e.Reason + ": " + strings.Join(e.Details, "; ")
}

// An ImageError tells why the image of a service can't be used.
type ImageError struct {
	// Place is where the image is named.
	Place compose.Image
	// Err is why.
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

// ErrNoImage is why a service with only a build section can't be packaged.
var ErrNoImage = errors.New("has build: but no image:") //nolint:revive,staticcheck // it ends with a key of the Compose file

// ErrNotPushed is why an image that is built can't be packaged: its registry does not show it.
var ErrNotPushed = errors.New("it is built, and can't be read from its registry")

// ErrComposition is why an image can't be used that is a composition.
var ErrComposition = errors.New("it is a composition, not a container image")

// A NotCompositionError tells that a reference is something else than a
// composition.
type NotCompositionError struct {
	// Ref is the reference.
	Ref string
	// Is says what it is instead.
	Is string
}

func (e *NotCompositionError) Error() string {
	return fmt.Sprintf("%s is %s, not a composition", e.Ref, e.Is)
}

// A NotFoundError tells that something which was looked for is not there.
type NotFoundError struct{ What string }

func (e *NotFoundError) Error() string { return e.What }
