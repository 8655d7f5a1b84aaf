package httperr

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote/origin"
)

// A RedirectedError reports that a registry redirected a request to another host, which
// rejected it. An authentication error of the other host does not concern the registry.
type RedirectedError struct {
	// From is the registry's host, To the host that responded.
	From, To string
	// Err is the response.
	Err error
}

func (e *RedirectedError) Error() string {
	return fmt.Sprintf("%s redirected to %s, which rejected the request: %v", e.From, e.To, e.Err)
}

// Unwrap returns the response.
func (e *RedirectedError) Unwrap() error { return e.Err }

// Check returns nil if the response has one of the status codes, otherwise the registry's
// error as a *transport.Error, wrapped in a *RedirectedError if another host sent it. In
// that case it reads the body; the caller must close it.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes.
func Check(res *http.Response, codes ...int) error {
	if slices.Contains(codes, res.StatusCode) {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(res.Body, limits.ErrorBody))
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
