package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// The specification's error codes that this registry uses, see
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes, and below the line those that
// registries agreed on outside it.
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

	codePagination   = "PAGINATION_NUMBER_INVALID"
	codePrecondition = "PRECONDITION_FAILED"
	codeRange        = "RANGE_INVALID"
	codeTagInvalid   = "TAG_INVALID"
	codeUnknown      = "UNKNOWN"
)

// apiError is an answer that is not a success.
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
	return failure(http.StatusMethodNotAllowed, codeUnsupported, "the registry does not do that here")
}

// writeError writes err as the specification's JSON document.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	var api *apiError
	if !errors.As(err, &api) {
		api = failure(http.StatusInternalServerError, codeUnknown, "%v", err)
	}
	body, marshalErr := json.Marshal(map[string]any{"errors": api.errors})
	if marshalErr != nil { // a detail is only ever a string or a list of them
		body = []byte(`{"errors":[]}`)
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(api.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}
