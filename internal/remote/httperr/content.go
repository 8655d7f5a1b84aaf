package httperr

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A DigestError says that content is not what it was asked for as. Got is the zero Hash if
// it is not known.
type DigestError struct{ Want, Got v1.Hash }

func (e *DigestError) Error() string {
	if e.Got == (v1.Hash{}) {
		return fmt.Sprintf("the content does not have the digest %s", e.Want)
	}
	return fmt.Sprintf("the content has the digest %s, not %s", e.Got, e.Want)
}

// A SizeError says that content is not as long as its descriptor says, in bytes. Got is
// what was seen; there may be more.
type SizeError struct{ Want, Got int64 }

func (e *SizeError) Error() string {
	if e.Got > e.Want {
		return fmt.Sprintf("the content is longer than the %d bytes of its descriptor", e.Want)
	}
	return fmt.Sprintf("the content has %d bytes, not %d", e.Got, e.Want)
}

// A TooLargeError says that an answer has more bytes than are read of it.
type TooLargeError struct{ Limit int64 }

func (e *TooLargeError) Error() string { return fmt.Sprintf("it is larger than %d bytes", e.Limit) }

// A DescriptorError says that a descriptor can't be that of any content.
type DescriptorError struct{ Reason string }

func (e *DescriptorError) Error() string { return e.Reason }

// A ManifestError says that what a registry serves as a manifest is none, or is two things
// to two readers.
type ManifestError struct{ Reason string }

func (e *ManifestError) Error() string { return e.Reason }
