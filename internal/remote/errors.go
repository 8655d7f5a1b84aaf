package remote

import (
	"fmt"

	"github.com/ocompose/ocompose/internal/remote/auth"
	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/origin"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// The errors of a Client.
type (
	// DigestError reports that content does not match the requested digest.
	DigestError = httperr.DigestError
	// SizeError reports that content does not match the size in its descriptor.
	SizeError = httperr.SizeError
	// TooLargeError reports that a response exceeds the size limit.
	TooLargeError = httperr.TooLargeError
	// LostError reports that a registry accepted a manifest and does not have it.
	LostError = httperr.LostError
	// ManifestError reports that a registry served an invalid manifest.
	ManifestError = httperr.ManifestError
	// RedirectedError reports that a registry redirected a request to a host that rejected it.
	RedirectedError = httperr.RedirectedError
	// LocalError reports that a remote registry refers to this machine.
	LocalError = origin.LocalError
	// DescriptorError reports that no content can match a descriptor.
	DescriptorError = httperr.DescriptorError
	// CredentialsError reports that a registry denied a request that had no credentials
	// because they could not be read.
	CredentialsError = httperr.CredentialsError
	// ChallengeError reports that a registry requires an unsupported kind of authentication.
	ChallengeError = auth.ChallengeError
)

// NoRegistryError reports that a host is not a registry: it does not serve /v2/.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support.
type NoRegistryError struct {
	// Host is the registry's name, with its port.
	Host string
	// Reason is the response.
	Reason string
}

func (e *NoRegistryError) Error() string {
	return fmt.Sprintf("there is no registry at %q: %s", e.Host, e.Reason)
}

// ErrPlainHTTP is wrapped by the error for a host that supports only unencrypted HTTP,
// which is not allowed for it.
var ErrPlainHTTP = httperr.ErrPlainHTTP

// IsNotFound reports whether err is a registry's 404.
func IsNotFound(err error) bool { return httperr.IsNotFound(err) }

// IsUnauthorized reports whether err is a registry's 401 or 403.
func IsUnauthorized(err error) bool { return httperr.IsUnauthorized(err) }

// IsUnreachable reports whether err means that no connection could be made.
func IsUnreachable(err error) bool { return httperr.IsUnreachable(err) }

// IsUntrusted reports whether err means that a registry's certificate can't be verified.
func IsUntrusted(err error) bool { return httperr.IsUntrusted(err) }

// IsOutdated reports whether err means that a registry's certificate is expired, or not yet
// valid.
func IsOutdated(err error) bool { return httperr.IsOutdated(err) }

// IsMisnamed reports whether err means that a registry's certificate is for another host.
func IsMisnamed(err error) bool { return httperr.IsMisnamed(err) }

// IsAnswer reports whether err is a registry's response, with any status, and not a missing
// response.
func IsAnswer(err error) bool { return httperr.IsAnswer(err) }

// IsRefused reports whether err is a registry's permanent error response: a status of 400
// and above that is not temporary.
func IsRefused(err error) bool { return traffic.IsRefused(err) }

// RefusesForm reports whether err is how registries reject a manifest with unknown fields
// or media types.
func RefusesForm(err error) bool { return httperr.RefusesForm(err) }
