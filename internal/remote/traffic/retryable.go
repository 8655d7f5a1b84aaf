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

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// RetryableStatus reports whether the same request may be answered with another status
// a little later: 408, 429, and 5xx but for those that are about the request.
func RetryableStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= 500
}

// RetryableError reports whether a request that got no answer is worth another attempt:
// its connection was cut or never made, but not because of a certificate, the name of
// the host, the caller who canceled ctx, or what [httperr.Permanent] marks.
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

// isProtocolError reports whether the other end, or what is in between, speaks TLS or HTTP
// in a way that can't be understood, which it will do again.
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
	if strings.Contains(text, "bad record MAC") { // a fault of the network
		return false
	}
	return slices.ContainsFunc(protocolErrors, func(part string) bool { return strings.Contains(text, part) })
}

// protocolErrors are parts of the errors of net/http and crypto/tls that have no types.
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

// isTimeout reports whether a request was given up because it took too long.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// RetryAfter reads the Retry-After header: seconds, or an HTTP date, as a time from now.
// Without a valid one, ok is false.
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
