package httperr

import (
	"errors"
	"net/http"
	"slices"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// RefusesForm reports whether err is how registries refuse a manifest whose fields or
// media types they don't know, rather than one that lacks content, has a wrong digest or
// may not be written. Registries of OCI 1.0 refuse artifactType and subject this way.
// Others refuse for reasons of their own, so it does not prove what a registry supports.
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

// MissesContent reports whether err says that the registry does not know a blob or
// manifest that a manifest refers to. Registries with replicated storage say so for a
// moment after it was written, and docker-registry while the same blob is written again.
func MissesContent(err error) bool {
	return HasStatus(err, http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity) &&
		HasCode(err, transport.ManifestBlobUnknownErrorCode, transport.BlobUnknownErrorCode, transport.ManifestUnknownErrorCode)
}

// GivesNoReason reports whether err is an answer without an error code that says
// something.
func GivesNoReason(err error) bool {
	return IsAnswer(err) && !slices.ContainsFunc(codes(err), func(c transport.ErrorCode) bool { return c != transport.UnknownErrorCode })
}

// RefusesDeletion reports whether err is how registries say that they don't delete
// manifests at all.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests.
func RefusesDeletion(err error) bool {
	return HasStatus(err, http.StatusMethodNotAllowed, http.StatusNotImplemented) ||
		HasStatus(err, http.StatusBadRequest) && HasCode(err, transport.UnsupportedErrorCode)
}

// HasCode reports whether the registry gave one of the codes as its reason.
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
