package remote

import (
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/remote/auth"
	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/origin"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// The errors of a Client.
type (
	// DigestError says that content is not what it was asked for as.
	DigestError = httperr.DigestError
	// SizeError says that content is not as long as its descriptor says.
	SizeError = httperr.SizeError
	// TooLargeError says that an answer has more bytes than are read of it.
	TooLargeError = httperr.TooLargeError
	// ManifestError says that what a registry serves as a manifest is none.
	ManifestError = httperr.ManifestError
	// RedirectedError says that a registry redirected a request to a host that refused it.
	RedirectedError = httperr.RedirectedError
	// LocalError says that a registry elsewhere leads to this machine.
	LocalError = origin.LocalError
	// DescriptorError says that a descriptor can't be that of any content.
	DescriptorError = httperr.DescriptorError
	// CredentialsError says that a registry refused what was asked without credentials,
	// because those that there may be could not be read.
	CredentialsError = httperr.CredentialsError
	// ChallengeError says that a registry asks for a kind of authentication that is not
	// supported.
	ChallengeError = auth.ChallengeError
)

// NoRegistryError says that what answers at a host is no registry: it does not know /v2/.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support.
type NoRegistryError struct {
	// Host is the registry's name, with its port.
	Host string
	// Reason is the answer.
	Reason string
}

func (e *NoRegistryError) Error() string {
	return fmt.Sprintf("there is no registry at %q: %s", e.Host, e.Reason)
}

// ErrPlainHTTP is in the chain of an error about a host that speaks only unencrypted
// HTTP, which is not allowed for it.
var ErrPlainHTTP = httperr.ErrPlainHTTP

// IsNotFound reports whether err is a registry's 404.
func IsNotFound(err error) bool { return httperr.IsNotFound(err) }

// IsUnauthorized reports whether err is a registry's 401 or 403.
func IsUnauthorized(err error) bool { return httperr.IsUnauthorized(err) }

// IsUnreachable reports whether err says that no connection was made.
func IsUnreachable(err error) bool { return httperr.IsUnreachable(err) }

// IsUntrusted reports whether err says that a registry's certificate can't be verified.
func IsUntrusted(err error) bool { return httperr.IsUntrusted(err) }

// IsAnswer reports whether err is an answer of a registry, whatever its status, rather than
// the lack of one.
func IsAnswer(err error) bool { return httperr.IsAnswer(err) }

// IsRefused reports whether err is an answer of a registry that another attempt does not
// change: a status of 400 and above that is not temporary.
func IsRefused(err error) bool {
	var te *transport.Error
	return errors.As(err, &te) && te.StatusCode >= 400 && !traffic.RetryableStatus(te.StatusCode)
}

// RefusesForm reports whether err is how registries refuse a manifest whose fields or
// media types they don't know.
func RefusesForm(err error) bool { return httperr.RefusesForm(err) }
