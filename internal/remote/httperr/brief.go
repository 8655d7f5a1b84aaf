package httperr

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// A briefError is an error with a shorter text.
type briefError struct {
	text string
	err  error
}

func (e *briefError) Error() string { return e.text }
func (e *briefError) Unwrap() error { return e.err }

// Brief is an error of a registry without what its context says already: the method and the
// URL of the request, and by which server a name was looked up.
func Brief(err error) error {
	if answer, ok := err.(*transport.Error); ok && answer.Request != nil { //nolint:errorlint // What is around it is said, too.
		request := fmt.Sprintf("%s %s: ", answer.Request.Method, answer.Request.URL)
		return &briefError{strings.TrimPrefix(answer.Error(), request), err}
	}
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
