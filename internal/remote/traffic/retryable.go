package traffic

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// RetryableStatus reports whether the same request may get another status a little later:
// 408, 429, and 5xx except those that are about the request.
func RetryableStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= 500
}

// IsRefused reports whether err is a registry's permanent error response: a status of 400 and
// above that is not temporary.
func IsRefused(err error) bool {
	var te *transport.Error
	return errors.As(err, &te) && te.StatusCode >= 400 && !RetryableStatus(te.StatusCode)
}

// RetryableError reports whether a request without a response is worth another attempt: its
// connection was cut or not made, except because of a certificate, the name of the host,
// the cancellation of ctx, or an error marked by [httperr.Permanent].
func RetryableError(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil || httperr.IsPermanent(err) || httperr.IsUntrusted(err) {
		return false
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, http.ErrSchemeMismatch) {
		return false
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns.IsTemporary || dns.IsTimeout
	}
	return !isProtocolError(err)
}

// isProtocolError reports whether the server or a proxy violates TLS or HTTP, which a retry
// can't fix.
func isProtocolError(err error) bool {
	var (
		record   tls.RecordHeaderError
		op       *net.OpError
		protocol textproto.ProtocolError
	)
	switch {
	case errors.As(err, &record), errors.As(err, &protocol):
		return true
	case errors.As(err, &op) && op.Op == "remote error": // a TLS alert
		return true
	}
	text := err.Error()
	if strings.Contains(text, "bad record MAC") { // a network error
		return false
	}
	return slices.ContainsFunc(protocolErrors, func(part string) bool { return strings.Contains(text, part) })
}

// protocolErrors are parts of the messages of untyped errors of net/http and crypto/tls.
var protocolErrors = []string{
	"unsupported protocol scheme",
	"malformed HTTP",
	"malformed MIME header",
	"malformed chunked encoding",
	"invalid byte in chunk length",
	"http chunk length too large",
	"chunked line",
	"chunked encoding contains",
	"empty hex number for chunk length",
	"invalid Trailer key",
	"bad Content-Length",
	"invalid empty Content-Length",
	"multiple Content-Length",
	"transfer encoding",
	"server response headers exceeded",
	"tls: ",
}

// isTimeout reports whether a request was canceled because it took too long.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// RetryAfter parses the Retry-After header: seconds, or an HTTP date, as a duration from
// now. ok is false if it is missing or invalid.
//
// See https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3.
func RetryAfter(h http.Header, now time.Time) (wait time.Duration, ok bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0, false
	}
	if s, err := strconv.ParseInt(v, 10, 64); err == nil {
		if s < 0 {
			return 0, false
		}
		return time.Duration(min(s, int64(365*24*time.Hour/time.Second))) * time.Second, true
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	return max(t.Sub(now), 0), true
}
