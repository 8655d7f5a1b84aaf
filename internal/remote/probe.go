package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// probeTransport remembers why a ping failed over each scheme: of two reasons
// the library's error tells in one breath, one is to blame.
type probeTransport struct {
	inner http.RoundTripper

	mu          sync.Mutex
	https, http error
}

func (p *probeTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := p.inner.RoundTrip(req)
	if err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if req.URL.Scheme == "https" {
			p.https = err
		} else {
			p.http = err
		}
		return res, err
	}
	if leavesOrigin(res) != nil {
		// Another host would be asked how to authenticate to this one.
		drain(res)
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
	}
	return res, nil
}

// reason picks what to tell about a ping that failed with err.
func (p *probeTransport) reason(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if IsUntrusted(p.https) {
		// Whatever HTTP got there, HTTPS is what this registry speaks.
		return redact(p.https)
	}
	var te *transport.Error
	if errors.As(err, &te) {
		return cleanTransportError(te)
	}
	if !speaksHTTP(p.https) {
		return redact(err)
	}
	// TLS was answered in the clear, so HTTP is what this registry speaks.
	if p.http == nil || errors.Is(p.http, ErrPlainHTTP) {
		return fmt.Errorf("it does not speak HTTPS: %w", ErrPlainHTTP)
	}
	return redact(p.http)
}

// speaksHTTP reports whether err is that of a TLS handshake with somebody who
// answers in plain HTTP.
func speaksHTTP(err error) bool {
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return string(record.RecordHeader[:]) == "HTTP/"
	}
	return errors.Is(err, http.ErrSchemeMismatch)
}
