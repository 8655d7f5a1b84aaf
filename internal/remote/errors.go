package remote

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// IsNotFound reports whether err says that a registry has no such thing.
func IsNotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// IsUnauthorized reports whether err says that a registry knows the caller
// (401) or lets the caller (403) do no such thing.
func IsUnauthorized(err error) bool {
	return hasStatus(err, http.StatusUnauthorized, http.StatusForbidden)
}

// IsUnreachable reports whether err says that no connection to a registry came
// about: there is no such host, or nothing listens there.
func IsUnreachable(err error) bool {
	var dns *net.DNSError
	return dialing(err) || errors.As(err, &dns)
}

// IsUntrusted reports whether err says that the certificate of a registry can't
// be verified.
func IsUntrusted(err error) bool {
	var cert *tls.CertificateVerificationError
	return errors.As(err, &cert)
}

func hasStatus(err error, codes ...int) bool {
	var te *transport.Error
	return errors.As(err, &te) && slices.Contains(codes, te.StatusCode)
}

const (
	maxErrorBody = 64 << 10 // bytes read of an answer that is an error
	maxErrorText = 300      // bytes of it that a person gets to see
)

// CheckStatus returns nil if the answer has one of the codes, and otherwise
// what the registry said as a *transport.Error, whose text is safe to print:
// bounded, without control characters and without what signs a URL. It reads
// the body in that case; closing it is left to the caller.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes.
func CheckStatus(res *http.Response, codes ...int) error {
	if slices.Contains(codes, res.StatusCode) {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(res.Body, maxErrorBody))
	err := newError(res.StatusCode, res.Request, body)
	if from := redirectedFrom(res.Request); from != nil {
		return &RedirectedError{From: from.Host, To: res.Request.URL.Host, Err: err}
	}
	return err
}

func newError(status int, req *http.Request, body []byte) error {
	clean := cleanRequest(req)
	var parsed struct {
		Errors []transport.Diagnostic `json:"errors"`
	}
	if err := json.Unmarshal(body, &parsed); err == nil && len(parsed.Errors) > 0 {
		return &transport.Error{Errors: cleanDiagnostics(parsed.Errors), StatusCode: status, Request: clean}
	}
	// The library's type keeps the text of other answers to itself and takes it
	// from a response only.
	text := ""
	if !strings.Contains(strings.ToLower(string(body)), "<html") {
		text = cleanText(string(body))
	}
	return transport.CheckError(&http.Response{
		StatusCode: status,
		Request:    clean,
		Body:       io.NopCloser(strings.NewReader(text)),
	})
}

func cleanDiagnostics(ds []transport.Diagnostic) []transport.Diagnostic {
	out := make([]transport.Diagnostic, 0, min(len(ds), 3))
	for _, d := range ds[:min(len(ds), 3)] {
		d.Code = transport.ErrorCode(cleanText(string(d.Code)))
		d.Message = cleanText(d.Message)
		if s, ok := d.Detail.(string); ok && s != "" {
			d.Detail = cleanText(s)
		} else {
			d.Detail = nil // prints as a Go map
		}
		out = append(out, d)
	}
	return out
}

// cleanText makes one printable, bounded line of what a registry sent.
func cleanText(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxErrorText {
		s = strings.ToValidUTF8(s[:maxErrorText], "") + "…"
	}
	return s
}

// cleanRequest keeps what an error tells of its request: not the headers,
// among them credentials, nor the values of a signed URL.
func cleanRequest(req *http.Request) *http.Request {
	if req == nil || req.URL == nil {
		return nil
	}
	return &http.Request{Method: req.Method, URL: cleanURL(req.URL)}
}

// shownParams are the query parameters of the protocol itself.
var shownParams = []string{"scope", "service", "mount", "from", "digest", "n", "last", "artifactType"}

func cleanURL(u *url.URL) *url.URL {
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

// redact returns err with the URL in its text cleaned.
func redact(err error) error {
	var ue *url.Error
	if !errors.As(err, &ue) {
		return err
	}
	shown := "(an address that does not parse)"
	if u, perr := url.Parse(ue.URL); perr == nil {
		shown = cleanURL(u).String()
	}
	return &url.Error{Op: ue.Op, URL: shown, Err: redact(ue.Err)}
}

func cleanTransportError(te *transport.Error) error {
	return &transport.Error{Errors: cleanDiagnostics(te.Errors), StatusCode: te.StatusCode, Request: cleanRequest(te.Request)}
}

// tokenError keeps what a token server answers out of errors: a login fails
// with its status, and a body that has no token may hold another secret.
func tokenError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var te *transport.Error
	if errors.As(err, &te) {
		return cleanTransportError(te)
	}
	if strings.Contains(err.Error(), "no token in bearer response") {
		return errors.New("the token server answered without a token")
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return errors.New("the token server answered with no JSON")
	}
	return redact(err)
}
