package traffic

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
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
	return status >= 500 && status < 600
}

// IsRefused reports whether err is a registry's permanent error response: a status of 400 and
// above that is not temporary.
func IsRefused(err error) bool {
	var te *transport.Error
	return errors.As(err, &te) && te.StatusCode >= 400 && !RetryableStatus(te.StatusCode)
}

// RetryableError reports whether a request without a response is worth another attempt: the
// network failed, or the server is busy. Everything else fails in the same way again: a
// certificate, the name of a host, a violation of TLS or HTTP, an error marked by
// [httperr.Permanent]. The cancellation of ctx ends all attempts.
func RetryableError(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil || httperr.IsPermanent(err) || httperr.IsUntrusted(err) || errors.Is(err, context.Canceled) {
		return false
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns.IsTemporary || dns.IsTimeout
	}
	return isNetworkError(err)
}

// isNetworkError reports whether a connection was not made, was cut, or stalled.
func isNetworkError(err error) bool {
	var (
		op    *net.OpError
		errno syscall.Errno
		file  *fs.PathError
	)
	switch {
	case errors.As(err, &file): // of this machine
		return false
	case isTimeout(err), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return true
	case errors.As(err, &op) && op.Op != "remote error" && op.Op != "local error": // which are TLS alerts
		return true
	case errors.As(err, &errno):
		return true
	}
	text := err.Error()
	return slices.ContainsFunc(networkErrors, func(part string) bool { return strings.Contains(text, part) })
}

// networkErrors are parts of the messages of untyped errors of net/http and crypto/tls.
var networkErrors = []string{
	"bad record MAC", // from this side or the other
	"http: CloseIdleConnections called",
	"http: idle connection timeout",
	"http: persistConn.readLoop exiting",
	"http: putIdleConn",
	"http: server closed idle connection",
	"http: unexpected EOF reading trailer",
	"http2: server sent GOAWAY",
	"http2: Transport received GOAWAY",
	"http2: Transport received Server's graceful shutdown GOAWAY",
	"http2: client connection force closed",
	"http2: client connection lost",
	"http2: client conn could not be established", // the reason, such as an alert, may follow
	"http2: client conn not usable",
	"http2: client conn is closed",
	"CANCEL; received from peer",
	"ENHANCE_YOUR_CALM; received from peer",
	"INTERNAL_ERROR; received from peer",
	"NO_ERROR; received from peer",
	"PROTOCOL_ERROR; received from peer", // some front ends send it when the server behind them is gone
	"REFUSED_STREAM; received from peer",
	"SETTINGS_TIMEOUT; received from peer",
	"STREAM_CLOSED; received from peer",
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
