package remote

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// RefusesForm reports whether err is how registries refuse a manifest whose fields or
// media types they don't know, rather than one that misses content, has a wrong digest or
// may not be written. Registries of OCI 1.0 refuse artifactType and subject so; others
// refuse for reasons of their own, so it proves nothing about what a registry supports.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes.
func RefusesForm(err error) bool {
	if !hasStatus(err, http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotAcceptable,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity) {
		return false
	}
	for _, code := range errorCodes(err) {
		switch code {
		case transport.ManifestInvalidErrorCode, transport.UnsupportedErrorCode, transport.UnknownErrorCode:
		default:
			return false
		}
	}
	return true
}

// MissesContent reports whether err says that a registry does not know a blob or manifest
// that a manifest refers to. Registries with replicated storage say so for a moment after
// it was written, and docker-registry while the same blob is written once more.
func MissesContent(err error) bool {
	codes := errorCodes(err)
	return hasStatus(err, http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity) &&
		(slices.Contains(codes, transport.ManifestBlobUnknownErrorCode) || slices.Contains(codes, transport.BlobUnknownErrorCode))
}

// errorCodes are the codes that a registry gave as its reasons.
func errorCodes(err error) []transport.ErrorCode {
	var te *transport.Error
	if !errors.As(err, &te) {
		return nil
	}
	var codes []transport.ErrorCode
	for _, d := range te.Errors {
		codes = append(codes, d.Code)
	}
	return codes
}

// contentWaits are the waits before a manifest is put again whose content the registry
// does not know yet.
var contentWaits = [...]time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, 1600 * time.Millisecond}

// ContentWait is how long to wait before a manifest is put again that was refused n times,
// from 1, because the registry misses its content; false where it has been waited enough.
func ContentWait(n int) (time.Duration, bool) {
	if n > len(contentWaits) {
		return 0, false
	}
	return jittered(contentWaits[n-1]), true
}
