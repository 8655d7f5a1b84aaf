package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Retry is how a Client repeats requests that failed for a passing reason:
// 408, 429 and 5xx answers, and connections that were cut.
type Retry struct {
	// Attempts is how often a request is sent at most, the first time included.
	Attempts int
	// Base is the wait after the first failure; it doubles with each one.
	Base time.Duration
	// Max bounds a wait of our own choosing.
	Max time.Duration
	// MaxRetryAfter bounds a wait that a registry asks for. One that asks for
	// more gets no repetition.
	MaxRetryAfter time.Duration
	// Stall is how long a blob's stream may give nothing, or take nothing,
	// before it counts as cut. Zero is for ever.
	Stall time.Duration
}

// DefaultRetry spans about half a minute of trouble.
func DefaultRetry() Retry {
	return Retry{Attempts: 8, Base: 200 * time.Millisecond, Max: 10 * time.Second, MaxRetryAfter: 5 * time.Minute, Stall: 2 * time.Minute}
}

// backoff is the wait after the n-th failure (from 1): between a half and the
// whole of the doubled base, so that what failed together doesn't come back
// together.
func (r Retry) backoff(n int) time.Duration {
	d := r.Base
	for i := 1; i < n && d < r.Max; i++ {
		d *= 2
	}
	return jittered(min(d, r.Max))
}

// jittered is a wait between a half of d and the whole of it.
func jittered(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return d/2 + rand.N(d/2+1)
}

// passing reports whether a status may be another one a little later.
func passing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return status > 500 && status != http.StatusNotImplemented && status != http.StatusHTTPVersionNotSupported
}

// cut reports whether an error of the connection is worth another try.
func cut(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil {
		return false
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, http.ErrSchemeMismatch) {
		return false
	}
	var (
		permanent *permanentError
		cert      *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		dns       *net.DNSError
	)
	switch {
	case errors.As(err, &permanent), errors.As(err, &cert), errors.As(err, &record):
		return false
	case errors.As(err, &dns):
		return dns.IsTemporary || dns.IsTimeout
	case strings.Contains(err.Error(), "unsupported protocol scheme"):
		return false
	}
	return true
}

// dialing reports whether no connection came about at all.
func dialing(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// retryAfter reads the Retry-After header: seconds or an HTTP date (RFC 9110,
// section 10.2.3).
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
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
