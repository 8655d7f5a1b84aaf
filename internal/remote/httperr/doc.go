// Package httperr converts the responses of registries to errors, and classifies errors.
//
// The message of such an error is safe to print, for any response: its length is limited, and it
// contains no control characters, credentials or URL signatures.
package httperr
