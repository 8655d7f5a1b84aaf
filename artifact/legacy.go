package artifact

import (
	"errors"
	"net/http"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// A rejectedError tells that the registry did not take a manifest.
type rejectedError struct{ error }

func (e rejectedError) Unwrap() error { return e.error }

// rejected marks the error of putting a manifest where it is about the manifest
// itself, as it is on a registry that knows OCI 1.0 only.
func rejected(err error) error {
	var status *transport.Error
	if !errors.As(err, &status) {
		return err
	}
	switch status.StatusCode {
	case http.StatusBadRequest, http.StatusNotAcceptable, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return rejectedError{err}
	}
	return err
}

// isRejected tells whether a push failed because of the form of a manifest.
func isRejected(err error) bool {
	var r rejectedError
	return errors.As(err, &r)
}
