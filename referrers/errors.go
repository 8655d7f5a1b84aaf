package referrers

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// ErrNoSubject says that a manifest that is pushed as a referrer has no subject.
var ErrNoSubject = errors.New("manifest has no subject")

// A SubjectRejectedError says that a registry refused a manifest that it may accept without
// the fields of OCI 1.1: subject and artifactType.
type SubjectRejectedError struct {
	// Ref is the manifest that was refused.
	Ref name.Digest
	// Err is the registry's answer.
	Err error
}

func (e *SubjectRejectedError) Error() string {
	return fmt.Sprintf("registry refuses manifest %q with a subject: %v", e.Ref, e.Err)
}

// Unwrap returns the registry's answer.
func (e *SubjectRejectedError) Unwrap() error { return e.Err }

// An AliasError says that a registry without the referrers API resolves the referrers tag
// to the subject itself, as GitLab does. No list can be kept there: writing the tag would
// be writing to a name of the subject.
type AliasError struct {
	// Tag is the referrers tag.
	Tag name.Tag
	// Subject is the digest that it resolves to.
	Subject string
}

func (e *AliasError) Error() string {
	return fmt.Sprintf("tag %q is the registry's alias of %s and can't hold its referrers", e.Tag, e.Subject)
}

// A ForeignTagError says that the referrers tag has something else than an image index. It
// is not overwritten.
type ForeignTagError struct {
	// Tag is the referrers tag.
	Tag name.Tag
	// MediaType is what is there instead.
	MediaType types.MediaType
}

func (e *ForeignTagError) Error() string {
	return fmt.Sprintf("tag %q holds %q instead of an index of referrers", e.Tag, e.MediaType)
}

// A DeletionForbiddenError says that a registry does not delete manifests. The manifest is
// still there, and still listed.
type DeletionForbiddenError struct {
	// Ref is the manifest that was to be deleted.
	Ref name.Digest
	// Err is the registry's answer.
	Err error
}

func (e *DeletionForbiddenError) Error() string {
	return fmt.Sprintf("registry forbids deleting %q: %v", e.Ref, e.Err)
}

// Unwrap returns the registry's answer.
func (e *DeletionForbiddenError) Unwrap() error { return e.Err }

// A ListingError says that a list of referrers can't be used: it is malformed or too large,
// or its pages run in a circle or lead to another host.
type ListingError struct {
	// Source is where the list was read: a path or a tag.
	Source string
	// Err is what is wrong with it.
	Err error
}

func (e *ListingError) Error() string {
	return fmt.Sprintf("unusable list of referrers at %q: %v", e.Source, e.Err)
}

// Unwrap returns what is wrong with the list.
func (e *ListingError) Unwrap() error { return e.Err }

// An UnsettledError says that an update of the tag schema was given up, because other
// writers kept undoing it or writes kept failing.
type UnsettledError struct {
	// Tag is the referrers tag.
	Tag name.Tag
	// Missing are the digests that should be listed and aren't.
	Missing []string
	// Err is why the last try failed, if it did.
	Err error
}

func (e *UnsettledError) Error() string {
	msg := fmt.Sprintf("referrers tag %q does not settle", e.Tag)
	if len(e.Missing) > 0 {
		msg += ", missing " + strings.Join(e.Missing, ", ")
	}
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

// Unwrap returns why the last try failed.
func (e *UnsettledError) Unwrap() error { return e.Err }

// A VanishedError says that somebody else deleted a manifest while it was being listed.
type VanishedError struct {
	// Ref is the manifest.
	Ref name.Digest
}

func (e *VanishedError) Error() string {
	return fmt.Sprintf("manifest %q was deleted while it was being listed", e.Ref)
}

// registryError returns the registry's answer in the chain of an error, without what was
// being done: the typed errors say that themselves.
func registryError(err error) error {
	var te *transport.Error
	if errors.As(err, &te) {
		return te
	}
	return err
}
