package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// Overhead limits what a server sends on a connection besides responses: frames of HTTP/2
// without content, such as PING, cost processor time, and never end a request. It also
// limits the connections that one request opens: a server that closes each one before it
// responds makes the transport open the next.
//
// It limits connections of [NewTransport].
type Overhead struct{ Inner http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t *Overhead) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	u := &use{host: req.URL.Host, cancel: cancel}
	trace := &httptrace.ClientTrace{GotConn: u.begin}
	res, err := t.Inner.RoundTrip(req.WithContext(httptrace.WithClientTrace(ctx, trace)))
	if err != nil {
		u.end(false)
		return nil, u.reason(ctx, err)
	}
	u.allow(limits.ResponseOverhead)
	if res.Body == nil || res.Body == http.NoBody {
		u.end(true)
		return res, nil
	}
	res.Body = &usefulBody{ReadCloser: res.Body, use: u}
	return res, nil
}

var (
	errOverhead    = errors.New("too many bytes that are not part of a response")
	errConnections = errors.New("too many connections")
)

// use is the use of a connection by a request.
type use struct {
	host   string
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	link   *link
	opened int
	ended  bool
}

// begin records the connection of the request. A failed one is replaced by the next.
func (u *use) begin(info httptrace.GotConnInfo) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !info.Reused {
		u.opened++
	}
	if u.opened > limits.Connections {
		u.cancel(errConnections)
	}
	u.leave(false)
	if u.ended {
		return
	}
	if u.link = linkOf(info.Conn); u.link != nil {
		u.link.enter()
	}
}

// leave ends the use of the connection. A response that was not read to its end may still arrive.
func (u *use) leave(complete bool) {
	if u.link == nil {
		return
	}
	u.link.leave(complete)
	u.link = nil
}

func (u *use) end(complete bool) {
	u.mu.Lock()
	u.ended = true
	u.leave(complete)
	u.mu.Unlock()
	u.cancel(nil)
}

// allow lets more bytes arrive on the connection.
func (u *use) allow(n int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.link != nil {
		u.link.allow(n)
	}
}

// reason returns the error of a request, if it failed with err.
func (u *use) reason(ctx context.Context, err error) error {
	switch {
	case errors.Is(context.Cause(ctx), errConnections):
		return httperr.Permanent(fmt.Errorf("%s closed %d connections without a response", u.host, limits.Connections))
	case errors.Is(err, errOverhead):
		return httperr.Permanent(fmt.Errorf("%s sent %w", u.host, errOverhead))
	}
	return err
}

// usefulBody counts the bytes that are read from a body. It may be closed during a read.
type usefulBody struct {
	io.ReadCloser
	use      *use
	complete atomic.Bool
}

// Read implements io.Reader.
func (b *usefulBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.use.allow(2 * int64(n)) // these, and as many others
	if errors.Is(err, io.EOF) {
		b.complete.Store(true)
	}
	if errors.Is(err, errOverhead) {
		err = b.use.reason(context.Background(), err)
	}
	return n, err
}

// Close implements io.Closer.
func (b *usefulBody) Close() error {
	err := b.ReadCloser.Close()
	b.use.end(b.complete.Load())
	return err
}

// A link counts the bytes that arrive on a connection. Its methods are safe for concurrent use.
type link struct {
	mu       sync.Mutex
	received int64
	allowed  int64
	uses     int64
	watched  bool
}

// linkOf returns the link of a connection, or of one below it; nil if there is none.
func linkOf(c net.Conn) *link {
	for {
		switch below := c.(type) {
		case *conn:
			return &below.link
		case interface{ NetConn() net.Conn }:
			c = below.NetConn()
		default:
			return nil
		}
	}
}

func (l *link) enter() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watched = true
	l.uses++
}

func (l *link) leave(complete bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.uses--
	if !complete {
		l.allowed += limits.Undelivered
	}
}

func (l *link) allow(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.allowed += n
}

// acknowledged is the divisor of the sent bytes that may arrive as acknowledgments.
const acknowledged = 16

// take records bytes that arrived, and reports whether they are still within the limit. A
// body of HTTP/2 arrives before it is read.
func (l *link) take(n int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.received += n
	return !l.watched || l.received <= l.allowed+limits.Overhead+l.uses*limits.Undelivered
}
