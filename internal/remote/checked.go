package remote

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// checked lets only those answers through to the library that are what it was asked for:
// another status becomes an error, as does a manifest with another digest.
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

// expected are the status codes that a request of an action is answered with if it
// succeeds.
func expected(a action, method string) []int {
	switch {
	case a == putManifest:
		return []int{http.StatusCreated, http.StatusOK, http.StatusAccepted}
	case a == deleteManifest:
		return []int{http.StatusAccepted, http.StatusOK, http.StatusNoContent}
	case a == uploadBlob && method == http.MethodPost:
		return []int{http.StatusCreated, http.StatusAccepted}
	case a == uploadBlob && method == http.MethodPut:
		return []int{http.StatusCreated, http.StatusNoContent, http.StatusOK}
	case a == uploadBlob && method == http.MethodDelete:
		return []int{http.StatusNoContent, http.StatusOK, http.StatusAccepted, http.StatusNotFound}
	}
	return []int{http.StatusOK}
}

// checkManifest compares a manifest with the digest that it was asked for by, and with
// the one that the registry names.
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

// checkHeader compares the registry's own idea of a manifest's digest with digest.
func checkHeader(h http.Header, raw []byte, digest v1.Hash) error {
	v := h.Get(digestHeader)
	if v == "" {
		return nil
	}
	named, err := v1.NewHash(v)
	if err != nil {
		return fmt.Errorf("the registry sent a %s that is no digest", digestHeader)
	}
	got := digest
	if named.Algorithm != digest.Algorithm {
		if got, err = hashOf(named.Algorithm, raw); err != nil {
			return nil // an algorithm that is not known here; digest was checked already
		}
	}
	if got != named {
		return &httperr.DigestError{Want: named, Got: got}
	}
	return nil
}

// checkHead compares the digest that the registry names with the one that it was asked for.
func checkHead(op *operation, res *http.Response) error {
	named, err := v1.NewHash(res.Header.Get(digestHeader))
	if err == nil && named.Algorithm == op.digest.Algorithm && named != op.digest {
		return &httperr.DigestError{Want: op.digest, Got: named}
	}
	return nil
}

const digestHeader = "Docker-Content-Digest"
