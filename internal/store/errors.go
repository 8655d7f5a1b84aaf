package store

import (
	"errors"

	"github.com/ocompose/ocompose/internal/remote"
)

// A NotFoundError tells that a store does not have something.
type NotFoundError struct {
	// What says what is not there, and where.
	What string
}

func (e *NotFoundError) Error() string { return e.What }

// IsNotFound tells whether err says that a store does not have something.
func IsNotFound(err error) bool {
	var missing *NotFoundError
	return errors.As(err, &missing) || remote.IsNotFound(err)
}
