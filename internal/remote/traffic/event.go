package traffic

import (
	"net/http"
	"time"
)

// An EventKind is the kind of an [Event].
type EventKind int

const (
	// RequestDone reports that a request got a response (Status) or failed (Err).
	RequestDone EventKind = iota
	// BytesReceived reports that Bytes of a response body were read; see BytesAwaited.
	BytesReceived
	// BytesSent reports that Bytes of a blob were sent.
	BytesSent
	// Waiting reports that the client waits for Wait before it retries a request that failed
	// with Status or Err, or because the registry limits the rate of requests.
	Waiting
	// RequestSent reports that a request was sent, for which RequestDone or RequestDropped
	// follows.
	RequestSent
	// RequestDropped reports that a host can't be reached over HTTPS, so that the request is
	// sent over HTTP instead.
	RequestDropped
	// BytesAwaited reports that a read of a response body began, for which BytesReceived follows,
	// with zero Bytes if there were none.
	BytesAwaited
)

// An Event is something that happened on the wire.
type Event struct {
	Kind   EventKind
	Method string
	Host   string
	Path   string // without the query, which may contain a signature
	Status int
	Err    error
	Bytes  int64
	Wait   time.Duration
}

// An Observer receives events. It is called concurrently and must be quick; a nil Observer
// ignores them.
type Observer func(Event)

// Emit reports an event of req, which may be nil.
func (o Observer) Emit(req *http.Request, e Event) {
	meter(req, e)
	if o == nil {
		return
	}
	if req != nil {
		e.Method, e.Host, e.Path = req.Method, req.URL.Host, req.URL.Path
	}
	o(e)
}
