package remote

import (
	"errors"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// IsRefused reports whether err is an answer of a registry that says no: any status of 400
// and above that another try does not change.
func IsRefused(err error) bool {
	var te *transport.Error
	return errors.As(err, &te) && te.StatusCode >= 400 && !passing(te.StatusCode)
}
