package traffic

import (
	"context"
	"net/http"
)

// A Meter receives the number of bytes that were sent or received.
type Meter func(sent bool, n int64)

type meterKey struct{}

// WithMeter returns a context for requests whose bytes are reported to m.
func WithMeter(ctx context.Context, m Meter) context.Context {
	return context.WithValue(ctx, meterKey{}, m)
}

// meter reports bytes to the meter of a request, if it has one.
func meter(req *http.Request, e Event) {
	if e.Kind != BytesSent && e.Kind != BytesReceived || req == nil {
		return
	}
	if m, ok := req.Context().Value(meterKey{}).(Meter); ok {
		m(e.Kind == BytesSent, e.Bytes)
	}
}
