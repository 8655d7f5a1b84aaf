package httperr

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// A briefError is an error with a shorter text.
type briefError struct {
	text string
	err  error
}

func (e *briefError) Error() string { return e.text }
func (e *briefError) Unwrap() error { return e.err }

// Brief is the error of a connection without what its context says already: the method and
// the URL of the request, and by which server a name was looked up.
func Brief(err error) error {
	var ue *url.Error
	if !errors.As(err, &ue) {
		return err
	}
	var dns *net.DNSError
	if errors.As(ue.Err, &dns) {
		return &briefError{"looking up " + dns.Name + ": " + dns.Err, err}
	}
	var op *net.OpError
	if errors.As(ue.Err, &op) && op.Op == "dial" && op.Addr != nil {
		reason := op.Err.Error()
		return &briefError{"connecting to " + op.Addr.String() + ": " + strings.TrimPrefix(reason, "connect: "), err}
	}
	return err
}
