package httperr

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/remote/origin"
)

// MaxBody bounds, in bytes, what is read of an answer that is an error.
const MaxBody = 64 << 10

// A RedirectedError says that a registry redirected a request to another host and that
// this host refused it. What the other host says about authentication is not about the
// registry.
type RedirectedError struct {
	// From is the registry's host, To the one that answered.
	From, To string
	// Err is the answer.
	Err error
}

func (e *RedirectedError) Error() string {
	return fmt.Sprintf("%s redirected to %s, which refused the request: %v", e.From, e.To, e.Err)
}

// Unwrap returns the answer.
func (e *RedirectedError) Unwrap() error { return e.Err }

// Check returns nil if the answer has one of the status codes, and otherwise what the
// registry said as a *transport.Error, within a *RedirectedError if another host said
// it. It reads the body in that case; closing it is left to the caller.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes.
func Check(res *http.Response, codes ...int) error {
	if slices.Contains(codes, res.StatusCode) {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(res.Body, MaxBody))
	err := explained(res, newError(res.StatusCode, res.Request, body))
	if from := origin.RedirectedFrom(res.Request); from != nil {
		return &RedirectedError{From: from.Host, To: res.Request.URL.Host, Err: err}
	}
	return err
}

func newError(status int, req *http.Request, body []byte) error {
	shown := CleanRequest(req)
	var parsed struct {
		Errors []transport.Diagnostic `json:"errors"`
	}
	if err := json.Unmarshal(body, &parsed); err == nil && len(parsed.Errors) > 0 {
		return &transport.Error{Errors: cleanDiagnostics(parsed.Errors), StatusCode: status, Request: shown}
	}
	// transport.Error keeps other text in a private field, which only CheckError sets.
	text := ""
	if !strings.Contains(strings.ToLower(string(body)), "<html") {
		text = CleanText(string(body))
	}
	return transport.CheckError(&http.Response{
		StatusCode: status,
		Request:    shown,
		Body:       io.NopCloser(strings.NewReader(text)),
	})
}
