package wire

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// Bounded reads responses to their end, except for blobs, which stream. A truncated
// response fails the attempt, so that the request is retried; a response larger than limit
// fails it permanently.
type Bounded struct {
	Inner http.RoundTripper
	Limit int64 // bytes
	// Within is how long a response may take after its header. Zero means no limit.
	Within time.Duration
}

type streamKey struct{}

// WithStream marks the context of a request whose response is a blob.
func WithStream(ctx context.Context) context.Context {
	return context.WithValue(ctx, streamKey{}, true)
}

type limitKey struct{}

// WithLimit lowers the limit of a request's response to n bytes.
func WithLimit(ctx context.Context, n int64) context.Context {
	return context.WithValue(ctx, limitKey{}, n)
}

// LimitOf returns the limit of a response: n, or less after WithLimit.
func LimitOf(ctx context.Context, n int64) int64 {
	if lower, ok := ctx.Value(limitKey{}).(int64); ok {
		return min(n, lower)
	}
	return n
}

// RoundTrip implements http.RoundTripper.
func (t *Bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.Inner.RoundTrip(req)
	if err != nil || res.Body == http.NoBody {
		return res, err
	}
	success := res.StatusCode < 300
	if success && req.Context().Value(streamKey{}) != nil {
		return res, nil
	}
	limit := LimitOf(req.Context(), t.Limit)
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
	// Of other responses, only the header is needed.
	if err != nil && success && req.Method == http.MethodGet {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// readAll reads a body of at most limit bytes in time, and closes it.
func (t *Bounded) readAll(res *http.Response, limit int64) ([]byte, error) {
	defer func() { _ = res.Body.Close() }()
	if t.Within <= 0 {
		return io.ReadAll(io.LimitReader(res.Body, limit))
	}
	timer := time.AfterFunc(t.Within, func() { _ = res.Body.Close() })
	body, err := io.ReadAll(io.LimitReader(res.Body, limit))
	if !timer.Stop() && err != nil {
		host := ""
		if res.Request != nil {
			host = res.Request.URL.Host
		}
		err = &httperr.StallError{Host: host, Kind: httperr.Incomplete, Wait: t.Within}
	}
	return body, err
}

func tooLarge(limit int64) error {
	return httperr.Permanent(&httperr.TooLargeError{Limit: limit})
}
