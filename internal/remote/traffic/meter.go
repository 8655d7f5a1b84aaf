package traffic

import (
	"context"
	"net/http"
)

// A Meter is told of bytes that were sent or received.
type Meter func(sent bool, n int64)

type meterKey struct{}

// WithMeter has a meter told of the bytes of all requests with the context.
func WithMeter(ctx context.Context, m Meter) context.Context {
	return context.WithValue(ctx, meterKey{}, m)
}

// meter tells the meter of a request of bytes, if it has one.
func meter(req *http.Request, e Event) {
	if e.Kind != BytesSent && e.Kind != BytesReceived || req == nil {
		return
	}
	if m, ok := req.Context().Value(meterKey{}).(Meter); ok {
		m(e.Kind == BytesSent, e.Bytes)
	}
}
