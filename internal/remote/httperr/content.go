package httperr

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A DigestError reports that content does not match the requested digest. Got is the zero
// Hash if unknown.
type DigestError struct{ Want, Got v1.Hash }

func (e *DigestError) Error() string {
	if e.Got == (v1.Hash{}) {
		return fmt.Sprintf("the content does not have the digest %s", e.Want)
	}
	return fmt.Sprintf("the content has the digest %s, not %s", e.Got, e.Want)
}

// A SizeError reports that content does not match the size in its descriptor, in bytes. Got
// is the size read so far; there may be more.
type SizeError struct{ Want, Got int64 }

func (e *SizeError) Error() string {
	if e.Got > e.Want {
		return fmt.Sprintf("the content is longer than the %d bytes of its descriptor", e.Want)
	}
	return fmt.Sprintf("the content has %d bytes, not %d", e.Got, e.Want)
}

// A TooLargeError reports that a response exceeds the size limit, in bytes.
type TooLargeError struct{ Limit int64 }

func (e *TooLargeError) Error() string { return fmt.Sprintf("it is larger than %d bytes", e.Limit) }

// A LostError reports that a registry accepted a manifest and does not have it.
type LostError struct {
	// Ref is the manifest.
	Ref string
}

func (e *LostError) Error() string {
	return fmt.Sprintf("the registry accepted %s but does not have it: it was lost, or deleted concurrently", e.Ref)
}

// A DescriptorError reports that a descriptor is invalid.
type DescriptorError struct{ Reason string }

func (e *DescriptorError) Error() string { return e.Reason }

// A ManifestError reports that a registry served an invalid or ambiguous manifest.
type ManifestError struct{ Reason string }

func (e *ManifestError) Error() string { return e.Reason }
