package store

import (
	"errors"
	"fmt"

	"github.com/ocompose/ocompose/internal/remote"
)

// A NotFoundError tells that a store does not have something.
type NotFoundError struct {
	// What says what is not there, and where.
	What string
	// Err is why, or nil: [fs.ErrNotExist] where there is no such file or folder.
	Err error
}

func (e *NotFoundError) Error() string { return e.What }

// Unwrap returns why.
func (e *NotFoundError) Unwrap() error { return e.Err }

// An UntagError tells that a registry does not delete a tag without what it points at.
type UntagError struct {
	// Ref is the tag's reference.
	Ref string
	// Err is the registry's answer, or nil where it only did nothing.
	Err error
}

func (e *UntagError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("the registry does not delete the tag %s alone", e.Ref)
	}
	return fmt.Sprintf("the registry does not delete the tag %s alone: %v", e.Ref, e.Err)
}

// Unwrap returns the registry's answer.
func (e *UntagError) Unwrap() error { return e.Err }

// IsNotFound tells whether err says that a store does not have something.
func IsNotFound(err error) bool {
	var missing *NotFoundError
	return errors.As(err, &missing) || remote.IsNotFound(err)
}
