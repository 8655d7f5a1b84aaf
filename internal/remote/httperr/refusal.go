package httperr

import (
	"errors"
	"net/http"
	"slices"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// RefusesForm reports whether err is how registries reject a manifest with unknown fields
// or media types, not one with missing content or a wrong digest, or without permission.
// Registries that support only OCI 1.0 reject artifactType and subject this way. Others
// have other reasons, so it does not prove what a registry supports.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes.
func RefusesForm(err error) bool {
	if !HasStatus(err, http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotAcceptable,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity) {
		return false
	}
	for _, code := range codes(err) {
		switch code {
		case transport.ManifestInvalidErrorCode, transport.UnsupportedErrorCode, transport.UnknownErrorCode:
		default:
			return false
		}
	}
	return true
}

// MissesContent reports whether err means that a blob or manifest that a manifest refers to
// is missing. Registries with replicated storage return it briefly after a write, and
// docker-registry while the same blob is written again.
func MissesContent(err error) bool {
	return HasStatus(err, http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity) &&
		HasCode(err, transport.ManifestBlobUnknownErrorCode, transport.BlobUnknownErrorCode, transport.ManifestUnknownErrorCode)
}

// GivesNoReason reports whether err is a response without a meaningful error code.
func GivesNoReason(err error) bool {
	return IsAnswer(err) && !slices.ContainsFunc(codes(err), func(c transport.ErrorCode) bool { return c != transport.UnknownErrorCode })
}

// RefusesDeletion reports whether err means that the registry does not support deletion.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests.
func RefusesDeletion(err error) bool {
	return HasStatus(err, http.StatusMethodNotAllowed, http.StatusNotImplemented) ||
		HasStatus(err, http.StatusBadRequest) && HasCode(err, transport.UnsupportedErrorCode)
}

// HasCode reports whether the registry returned one of the error codes.
func HasCode(err error, want ...transport.ErrorCode) bool {
	return slices.ContainsFunc(codes(err), func(c transport.ErrorCode) bool { return slices.Contains(want, c) })
}

func codes(err error) []transport.ErrorCode {
	var te *transport.Error
	if !errors.As(err, &te) {
		return nil
	}
	var out []transport.ErrorCode
	for _, d := range te.Errors {
		out = append(out, d.Code)
	}
	return out
}
