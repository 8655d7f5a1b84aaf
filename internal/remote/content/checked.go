package content

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// checked passes only expected responses to the library: it converts an unexpected status
// to an error, and a manifest with a wrong digest, too.
type checked struct {
	inner   http.RoundTripper
	retrier *traffic.Retrier
}

// RoundTrip implements http.RoundTripper.
func (t *checked) RoundTrip(req *http.Request) (*http.Response, error) {
	op := operationOf(req.Context())
	res, err := t.inner.RoundTrip(req)
	op.failure, _ = t.retrier.FailureOf(req, res, err)
	if err != nil {
		return nil, err
	}
	op.answer = res.Header
	if err := httperr.Check(res, expected(op.action, req.Method)...); err != nil {
		traffic.Drain(res)
		return nil, err
	}
	switch op.action {
	case putManifest, deleteManifest, uploadBlob:
		err = checkPage(req, res)
	case getManifest:
		err = checkManifest(op, res)
	case headManifest:
		err = checkHead(op, res)
	}
	if err != nil {
		traffic.Drain(res)
		return nil, err
	}
	return res, nil
}

// checkPage rejects a web page as the response to a write: it comes from a proxy that
// requires a login, and nothing was written.
func checkPage(req *http.Request, res *http.Response) error {
	mt, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")) // an invalid type is not a page
	if req.Method == http.MethodHead || mt != "text/html" {
		return nil
	}
	return fmt.Errorf("%s returned a web page (status %d) instead of a registry's response", res.Request.URL.Host, res.StatusCode)
}

// expected returns the status codes for the success of an action's request. For writes they
// differ among registries.
func expected(a action, method string) []int {
	done := []int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent}
	switch method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		return done
	case http.MethodDelete:
		if a == uploadBlob {
			return append(done, http.StatusNotFound)
		}
		return done
	case http.MethodGet:
		if a == uploadBlob { // its progress
			return done
		}
	}
	return done[:1]
}

// checkManifest compares a manifest with the requested digest, and with the digest in the
// response header.
func checkManifest(op *operation, res *http.Response) error {
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	// The library decodes it next.
	if err := limits.CheckJSON(raw); err != nil {
		return err
	}
	res.Body = io.NopCloser(bytes.NewReader(raw))
	algorithm := "sha256"
	if op.digest.Algorithm != "" {
		algorithm = op.digest.Algorithm
	}
	got, err := hashOf(algorithm, raw)
	if err != nil {
		return err
	}
	if op.digest.Hex != "" && got != op.digest {
		return &httperr.DigestError{Want: op.digest, Got: got}
	}
	return checkHeader(res.Header, raw, got)
}

// checkHeader compares the digest in the response header with the content and digest.
func checkHeader(h http.Header, raw []byte, digest v1.Hash) error {
	v := h.Get(digestHeader)
	if v == "" {
		return nil
	}
	named, err := v1.NewHash(v)
	if err != nil {
		return fmt.Errorf("the registry sent a %s header that is not a digest", digestHeader)
	}
	got := digest
	if named.Algorithm != digest.Algorithm {
		if got, err = hashOf(named.Algorithm, raw); err != nil {
			return nil // an unknown algorithm; digest was already checked
		}
	}
	if got != named {
		return &httperr.DigestError{Want: named, Got: got}
	}
	return nil
}

// checkHead compares the digest in the response header with the requested one.
func checkHead(op *operation, res *http.Response) error {
	named, err := v1.NewHash(res.Header.Get(digestHeader))
	if err == nil && named.Algorithm == op.digest.Algorithm && named != op.digest {
		return &httperr.DigestError{Want: op.digest, Got: named}
	}
	return nil
}

const digestHeader = "Docker-Content-Digest"
