package remote

import (
	"net/http"
	"time"
)

// EventKind tells what an Event reports.
type EventKind int

const (
	// RequestDone: a request was answered (Status) or failed (Err).
	RequestDone EventKind = iota
	// BytesReceived: Bytes of a response body were read.
	BytesReceived
	// BytesSent: Bytes of a blob were sent.
	BytesSent
	// Waiting: the client pauses for Wait before it repeats a request, or
	// because the registry asked it to slow down.
	Waiting
)

// Event is something that happened on the wire.
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

// emit reports an event of req, if anyone listens.
func (c *Client) emit(req *http.Request, e Event) {
	if c.observe == nil {
		return
	}
	if req != nil {
		e.Method, e.Host, e.Path = req.Method, req.URL.Host, req.URL.Path
	}
	c.observe(e)
}
