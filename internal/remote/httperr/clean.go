package httperr

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// maxText limits, in bytes, each part of a registry's text in an error.
const maxText = 300

// CleanText converts text from a registry to one printable line of at most 300 bytes.
func CleanText(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}

// CleanRequest returns a request with only the method and the [CleanURL], without headers,
// which may contain credentials.
func CleanRequest(req *http.Request) *http.Request {
	if req == nil || req.URL == nil {
		return nil
	}
	return &http.Request{Method: req.Method, URL: CleanURL(req.URL)}
}

// shownParams are the query parameters of the protocol; others may be signatures.
var shownParams = []string{"scope", "service", "mount", "from", "digest", "n", "last", "artifactType"}

// CleanURL returns u without user information, fragment and the values of query
// parameters that are not the protocol's own.
func CleanURL(u *url.URL) *url.URL {
	out := *u
	out.User = nil
	out.Fragment = ""
	if u.RawQuery != "" {
		q := u.Query()
		for k := range q {
			if !slices.Contains(shownParams, k) {
				q[k] = []string{"REDACTED"}
			}
		}
		out.RawQuery = q.Encode()
	}
	return &out
}

// Redact returns err with the URL in its message cleaned by [CleanURL].
func Redact(err error) error {
	var ue *url.Error
	if !errors.As(err, &ue) {
		return err
	}
	shown := "(an invalid address)"
	if u, perr := url.Parse(ue.URL); perr == nil {
		shown = CleanURL(u).String()
	}
	return &url.Error{Op: ue.Op, URL: shown, Err: Redact(ue.Err)}
}

// Clean returns the library's error for a response, with its text cleaned.
func Clean(te *transport.Error) error {
	return &transport.Error{Errors: cleanDiagnostics(te.Errors), StatusCode: te.StatusCode, Request: CleanRequest(te.Request)}
}

func cleanDiagnostics(ds []transport.Diagnostic) []transport.Diagnostic {
	out := make([]transport.Diagnostic, 0, min(len(ds), 3))
	for _, d := range ds[:min(len(ds), 3)] {
		d.Code = transport.ErrorCode(CleanText(string(d.Code)))
		d.Message = CleanText(d.Message)
		if s, ok := d.Detail.(string); ok && s != "" {
			d.Detail = CleanText(s)
		} else {
			d.Detail = nil // it would be printed as a Go map
		}
		out = append(out, d)
	}
	return out
}
