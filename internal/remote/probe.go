package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/origin"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// secureFirst is how long HTTP waits for HTTPS to fail. Most plain HTTP servers reject a
// TLS handshake immediately, but a few wait for more data.
const secureFirst = 3 * time.Second

// A probe transports the requests of one ping. The library sends a second request over HTTP
// if HTTPS has not responded after a moment. The probe delays that request until HTTPS has
// failed, and drops it if the server uses TLS. It records both errors: the library's error
// has both, but only one is useful.
type probe struct {
	inner  http.RoundTripper
	decide func()        // closes secure
	secure chan struct{} // closed once HTTPS has failed or responded

	mu          sync.Mutex
	answered    bool // over HTTPS
	handshake   bool // of TLS, which succeeded
	https, http error
}

func newProbe(inner http.RoundTripper) *probe {
	p := &probe{inner: inner, secure: make(chan struct{})}
	p.decide = sync.OnceFunc(func() { close(p.secure) })
	return p
}

// RoundTrip implements http.RoundTripper.
func (p *probe) RoundTrip(req *http.Request) (*http.Response, error) {
	isSecure := req.URL.Scheme == "https"
	if !isSecure {
		if err := p.afterHTTPS(req.Context()); err != nil {
			return nil, err
		}
	}
	res, err := p.inner.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{TLSHandshakeDone: p.shook})))
	p.note(isSecure, httperr.Redact(err))
	if err != nil {
		return nil, httperr.Redact(err)
	}
	if origin.RedirectsTo(res) != nil {
		// Another host must not determine how to log in to this one.
		traffic.Drain(res)
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
	}
	return res, nil
}

// shook records the end of a TLS handshake.
func (p *probe) shook(_ tls.ConnectionState, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handshake = p.handshake || err == nil
}

// note records the result of a request.
func (p *probe) note(isSecure bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !isSecure {
		p.http = err
		return
	}
	p.https, p.answered = err, err == nil
	p.decide()
}

// afterHTTPS waits until HTTPS has failed. It returns an error if HTTP must not be tried.
func (p *probe) afterHTTPS(ctx context.Context) error {
	select {
	case <-p.secure:
	case <-time.After(secureFirst):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answered || p.decided() {
		return errSpeaksTLS
	}
	return nil
}

// decided reports whether HTTPS failed for a reason that HTTP can't fix.
func (p *probe) decided() bool {
	return p.handshake || httperr.SpeaksTLS(p.https) || httperr.IsPermanent(p.https)
}

var errSpeaksTLS = errors.New("the registry uses HTTPS")

// reason returns the error to report for a ping that failed with err.
func (p *probe) reason(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.decided() {
		return httperr.Redact(p.https)
	}
	var te *transport.Error
	if errors.As(err, &te) {
		return httperr.Clean(te)
	}
	if !httperr.IsHTTPSMismatch(p.https) {
		return httperr.Redact(err)
	}
	// The response to the TLS handshake was plain HTTP, so the registry uses that.
	if p.http == nil || errors.Is(p.http, httperr.ErrPlainHTTP) {
		return fmt.Errorf("it does not support HTTPS: %w", httperr.ErrPlainHTTP)
	}
	return httperr.Redact(p.http)
}
