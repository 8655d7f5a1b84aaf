package referrers

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// ErrNoSubject is returned by [Client.Push] for a manifest without a subject.
var ErrNoSubject = errors.New("manifest has no subject")

// A SubjectRejectedError reports that a registry rejected a manifest that it may accept
// without the fields of OCI 1.1: subject and artifactType.
type SubjectRejectedError struct {
	// Ref is the rejected manifest.
	Ref name.Digest
	// Err is the registry's response.
	Err error
}

func (e *SubjectRejectedError) Error() string {
	return fmt.Sprintf("registry rejected manifest %q with a subject: %v", e.Ref, e.Err)
}

// Unwrap returns the registry's response.
func (e *SubjectRejectedError) Unwrap() error { return e.Err }

// An AliasError reports that a registry without the referrers API resolves the referrers
// tag to the subject itself, as GitLab does. It can't store a list: writing the tag would
// overwrite a name of the subject.
type AliasError struct {
	// Tag is the referrers tag.
	Tag name.Tag
	// Subject is the digest that it resolves to.
	Subject string
}

func (e *AliasError) Error() string {
	return fmt.Sprintf("tag %q is the registry's alias for %s and can't hold its referrers", e.Tag, e.Subject)
}

// A ForeignTagError reports that the referrers tag is not an image index. It is not
// overwritten.
type ForeignTagError struct {
	// Tag is the referrers tag.
	Tag name.Tag
	// MediaType is its actual media type.
	MediaType types.MediaType
}

func (e *ForeignTagError) Error() string {
	return fmt.Sprintf("tag %q holds %q instead of an index of referrers", e.Tag, e.MediaType)
}

// A DeletionForbiddenError reports that a registry does not delete manifests. The manifest
// still exists and is still listed.
type DeletionForbiddenError struct {
	// Ref is the manifest that was not deleted.
	Ref name.Digest
	// Err is the registry's response.
	Err error
}

func (e *DeletionForbiddenError) Error() string {
	return fmt.Sprintf("registry forbids deleting %q: %v", e.Ref, e.Err)
}

// Unwrap returns the registry's response.
func (e *DeletionForbiddenError) Unwrap() error { return e.Err }

// A ListingError reports that a list of referrers can't be used: it is malformed or too
// large, or its pages form a loop or point to another host.
type ListingError struct {
	// Source is the source of the list: a path or a tag.
	Source string
	// Err is the reason.
	Err error
}

func (e *ListingError) Error() string {
	return fmt.Sprintf("invalid list of referrers at %q: %v", e.Source, e.Err)
}

// Unwrap returns the reason.
func (e *ListingError) Unwrap() error { return e.Err }

// An UnsettledError reports that an update of the tag schema was abandoned, because other
// writers kept undoing it or writes kept failing.
type UnsettledError struct {
	// Tag is the referrers tag.
	Tag name.Tag
	// Missing are the digests that should be listed but aren't.
	Missing []string
	// Err is the error of the last attempt, or nil.
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

// Unwrap returns the error of the last attempt.
func (e *UnsettledError) Unwrap() error { return e.Err }

// A VanishedError reports that another client deleted a manifest while it was being added
// to the list.
type VanishedError struct {
	// Ref is the manifest.
	Ref name.Digest
}

func (e *VanishedError) Error() string {
	return fmt.Sprintf("manifest %q was deleted while it was being added to the list of referrers", e.Ref)
}

// registryError returns the registry's response from the chain of an error, without the
// context that the typed errors add themselves.
func registryError(err error) error {
	var te *transport.Error
	if errors.As(err, &te) {
		return te
	}
	return err
}
