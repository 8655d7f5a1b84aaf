package httperr

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// ErrPlainHTTP is wrapped by the error for a host that supports only unencrypted HTTP,
// which is not allowed for it.
var ErrPlainHTTP = errors.New("plain HTTP is not allowed for this host")

// IsNotFound reports whether err is a registry's 404.
func IsNotFound(err error) bool { return HasStatus(err, http.StatusNotFound) }

// IsUnauthorized reports whether err is a registry's 401 or 403.
func IsUnauthorized(err error) bool {
	return HasStatus(err, http.StatusUnauthorized, http.StatusForbidden)
}

// IsUnreachable reports whether err means that no connection could be made: the host does
// not exist, or nothing listens there.
func IsUnreachable(err error) bool {
	var dns *net.DNSError
	return IsDial(err) || errors.As(err, &dns)
}

// IsDial reports whether err is a failure to open a connection.
func IsDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// IsUntrusted reports whether err means that a registry's certificate can't be verified.
func IsUntrusted(err error) bool {
	var cert *tls.CertificateVerificationError
	return errors.As(err, &cert)
}

// SpeaksTLS reports whether err proves that a server uses TLS: its certificate can't be
// verified, one side ended the handshake with an alert, or the server violated TLS in it.
func SpeaksTLS(err error) bool {
	var (
		op     *net.OpError
		record tls.RecordHeaderError // the error of a server that does not use TLS
	)
	switch {
	case IsUntrusted(err), errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"):
		return true
	case err == nil || errors.As(err, &record):
		return false
	}
	return strings.Contains(err.Error(), "tls: ")
}

// IsHTTPSMismatch reports whether err is the error of a TLS handshake with a server that
// uses plain HTTP.
func IsHTTPSMismatch(err error) bool {
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return string(record.RecordHeader[:]) == "HTTP/"
	}
	return errors.Is(err, http.ErrSchemeMismatch)
}

// IsAnswer reports whether err is a registry's response, with any status, and not a missing
// response.
func IsAnswer(err error) bool {
	var te *transport.Error
	return errors.As(err, &te)
}

// HasStatus reports whether err is a response with one of the status codes.
func HasStatus(err error, codes ...int) bool {
	var te *transport.Error
	return errors.As(err, &te) && slices.Contains(codes, te.StatusCode)
}

// Permanent marks err as an error that a retry can't fix.
func Permanent(err error) error { return &permanent{err} }

// IsPermanent reports whether err was marked by [Permanent].
func IsPermanent(err error) bool {
	var p *permanent
	return errors.As(err, &p)
}

type permanent struct{ error }

func (e *permanent) Unwrap() error { return e.error }
