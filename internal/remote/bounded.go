package remote

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// MaxManifestSize bounds a manifest, and every other answer that is not a blob, in bytes.
const MaxManifestSize = limits.Manifest

// bounded reads answers to their end, except for blobs, which stream. An answer that is
// cut fails the attempt, so that the request is sent again; one that is larger than limit
// fails it for good.
type bounded struct {
	inner http.RoundTripper
	limit int64 // bytes
	// within is how long an answer may take once its header is there. Zero sets no limit.
	within time.Duration
}

type streamKey struct{}

// withStream marks the context of a request whose answer is a blob.
func withStream(ctx context.Context) context.Context {
	return context.WithValue(ctx, streamKey{}, true)
}

// RoundTrip implements http.RoundTripper.
func (t *bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.inner.RoundTrip(req)
	if err != nil || res.Body == http.NoBody {
		return res, err
	}
	success := res.StatusCode < 300
	if success && req.Context().Value(streamKey{}) != nil {
		return res, nil
	}
	limit := t.limit
	if !success {
		limit = limits.ErrorBody
	}
	if success && res.ContentLength > limit {
		_ = res.Body.Close()
		return nil, tooLarge(limit)
	}
	body, err := t.readAll(res, limit+1)
	if int64(len(body)) > limit {
		if success {
			return nil, tooLarge(limit)
		}
		body = body[:limit]
	}
	// Of the other answers nothing is needed but the header.
	if err != nil && success && req.Method == http.MethodGet {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// readAll reads a body of at most so many bytes in time, and closes it.
func (t *bounded) readAll(res *http.Response, limit int64) ([]byte, error) {
	defer func() { _ = res.Body.Close() }()
	if t.within <= 0 {
		return io.ReadAll(io.LimitReader(res.Body, limit))
	}
	timer := time.AfterFunc(t.within, func() { _ = res.Body.Close() })
	body, err := io.ReadAll(io.LimitReader(res.Body, limit))
	if !timer.Stop() && err != nil {
		host := ""
		if res.Request != nil {
			host = res.Request.URL.Host
		}
		err = &httperr.StallError{Host: host, Kind: httperr.Incomplete, Wait: t.within}
	}
	return body, err
}

func tooLarge(limit int64) error {
	return httperr.Permanent(&httperr.TooLargeError{Limit: limit})
}
