package traffic

import (
	"net/http"
	"time"
)

// An EventKind tells what an [Event] reports.
type EventKind int

const (
	// RequestDone says that a request was answered (Status) or failed (Err).
	RequestDone EventKind = iota
	// BytesReceived says that Bytes of a response body were read.
	BytesReceived
	// BytesSent says that Bytes of a blob were sent.
	BytesSent
	// Waiting says that the client waits for Wait before it tries again what failed with Status
	// or Err, or because the registry limits the rate of requests.
	Waiting
	// RequestSent says that a request is under way, for which RequestDone follows.
	RequestSent
)

// An Event is something that happened on the wire.
type Event struct {
	Kind   EventKind
	Method string
	Host   string
	Path   string // without the query, which may hold a signature
	Status int
	Err    error
	Bytes  int64
	Wait   time.Duration
}

// An Observer is told of events. It is called concurrently and must be quick; nil
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
