package traffic

import (
	"context"
	"errors"
	"net/http"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// Repeat retries requests that failed temporarily. A request with a body is sent only once
// if GetBody can't reopen the body, or if its context is that of [Once].
type Repeat struct {
	Inner   http.RoundTripper
	Retrier *Retrier
	// DialOnce is for requests to a host that may not exist: a connection that can't be opened
	// is not retried.
	DialOnce bool
}

// RoundTrip implements http.RoundTripper.
func (t *Repeat) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	attempts := t.Retrier.Attempts()
	for {
		res, err := t.Inner.RoundTrip(req.WithContext(withFailures(ctx, attempts.failures)))
		f, failed := t.Retrier.FailureOf(req, res, err)
		if !failed || t.DialOnce && httperr.IsDial(err) || HasBody(req) && (req.GetBody == nil || isOnce(ctx)) {
			return res, err
		}
		again, werr := attempts.Again(ctx, f)
		if werr != nil {
			var later *httperr.LaterError
			if res != nil && errors.As(werr, &later) {
				later.Err = httperr.Check(res)
			}
			Drain(res)
			return nil, werr
		}
		if !again {
			return res, err
		}
		next, ok := Rewind(req)
		if !ok {
			return res, err
		}
		Drain(res)
		req = next
	}
}

type onceKey struct{}

// Once returns a context for a request whose body [Repeat] does not send again, because the
// caller decides about retries. GetBody is only used within one attempt: after a redirect,
// or with another token.
func Once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

func isOnce(ctx context.Context) bool { return ctx.Value(onceKey{}) != nil }

type failuresKey struct{}

// withFailures passes to the layers below how often the request has failed.
func withFailures(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, failuresKey{}, n)
}

func failuresOf(ctx context.Context) int {
	n, _ := ctx.Value(failuresKey{}).(int)
	return n
}
