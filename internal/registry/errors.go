package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"syscall"
)

// The specification's error codes that this registry uses; JSON responses have no others. See
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes.
const (
	codeBlobUnknown         = "BLOB_UNKNOWN"
	codeBlobUploadInvalid   = "BLOB_UPLOAD_INVALID"
	codeBlobUploadUnknown   = "BLOB_UPLOAD_UNKNOWN"
	codeDigestInvalid       = "DIGEST_INVALID"
	codeManifestBlobUnknown = "MANIFEST_BLOB_UNKNOWN"
	codeManifestInvalid     = "MANIFEST_INVALID"
	codeManifestUnknown     = "MANIFEST_UNKNOWN"
	codeNameInvalid         = "NAME_INVALID"
	codeNameUnknown         = "NAME_UNKNOWN"
	codeSizeInvalid         = "SIZE_INVALID"
	codeUnauthorized        = "UNAUTHORIZED"
	codeDenied              = "DENIED"
	codeUnsupported         = "UNSUPPORTED"

	// codeNone is for errors without a code in the specification: the response is plain text.
	codeNone = ""
)

// apiError is an error response.
type apiError struct {
	status int
	errors []errorEntry
}

type errorEntry struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Detail  any    `json:"detail,omitempty"`
}

func (e *apiError) Error() string {
	return fmt.Sprintf("%d %s: %s", e.status, e.errors[0].Code, e.errors[0].Message)
}

func failure(status int, code, format string, args ...any) *apiError {
	return &apiError{status: status, errors: []errorEntry{{Code: code, Message: fmt.Sprintf(format, args...)}}}
}

func notAllowed(allow http.Header, methods string) *apiError {
	allow.Set("Allow", methods)
	return failure(http.StatusMethodNotAllowed, codeUnsupported, "the registry does not support this method here")
}

// writeError writes err as the specification's JSON document, or as text if the specification has no code for it.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	var api *apiError
	switch {
	case errors.As(err, &api):
	case errors.Is(err, syscall.ENOSPC):
		api = failure(http.StatusInsufficientStorage, codeNone, "the registry has no space left")
	default:
		api = failure(http.StatusInternalServerError, codeNone, "%v", err)
	}
	mediaType, body := "text/plain; charset=utf-8", []byte(api.errors[0].Message+"\n")
	if api.errors[0].Code != codeNone {
		// Only a detail could fail to encode, and details consist of strings and numbers.
		mediaType = "application/json"
		body, _ = json.Marshal(map[string]any{"errors": api.errors})
	}
	header := w.Header()
	header.Set("Content-Type", mediaType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(api.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}
