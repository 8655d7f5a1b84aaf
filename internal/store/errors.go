package store

import (
	"errors"
	"fmt"

	"github.com/ocompose/ocompose/internal/remote"
)

// A NotFoundError reports that a store does not have something.
type NotFoundError struct {
	// What describes what is missing, and where.
	What string
	// Err is the cause, or nil: [fs.ErrNotExist] for a missing file or folder.
	Err error
}

func (e *NotFoundError) Error() string { return e.What }

// Unwrap returns the cause.
func (e *NotFoundError) Unwrap() error { return e.Err }

// An UntagError reports that a registry can't delete a tag without its manifest.
type UntagError struct {
	// Ref is the tag's reference.
	Ref string
	// Err is the registry's answer, or nil if it silently did nothing.
	Err error
}

func (e *UntagError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("the registry can't delete the tag %s alone", e.Ref)
	}
	return fmt.Sprintf("the registry can't delete the tag %s alone: %v", e.Ref, e.Err)
}

// Unwrap returns the registry's answer.
func (e *UntagError) Unwrap() error { return e.Err }

// IsNotFound reports whether err means that a store does not have something.
func IsNotFound(err error) bool {
	var missing *NotFoundError
	return errors.As(err, &missing) || remote.IsNotFound(err)
}
