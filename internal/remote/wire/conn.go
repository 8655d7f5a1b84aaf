package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/ocompose/ocompose/internal/limits"
)

// NewTransport returns a transport that opens as many connections to a host as there are
// jobs and keeps them: opening one costs more round trips than a request. A connection that
// accepts no byte for the time of stall fails; zero means no limit. [Stall] limits the time
// of responses.
func NewTransport(jobs int, stall time.Duration) *http.Transport {
	open := 30 * time.Second
	if stall > 0 {
		open = min(open, stall)
	}
	dialer := &net.Dialer{Timeout: open, KeepAlive: 30 * time.Second, Control: limitUnsent}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dial(dialer, stall),
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          0,
		MaxIdleConnsPerHost:   2 * jobs,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
		// It limits all 1xx responses of a request together with the final one.
		MaxResponseHeaderBytes: limits.Header,
		// Layers are already compressed, and ranges count stored bytes.
		DisableCompression: true,
		ReadBufferSize:     64 << 10,
		WriteBufferSize:    64 << 10,
	}
}

// pieceSize is the number of bytes of a blob per write. The 32 KiB of the standard library
// need eight times as many system calls.
const pieceSize = 256 << 10

var pieces = sync.Pool{New: func() any { b := make([]byte, pieceSize); return &b }}

// conn sends bodies in large pieces, and fails if no bytes are accepted for a time, or too
// many useless ones arrive.
type conn struct {
	net.Conn
	stall time.Duration
	link  link
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if !c.link.take(int64(n)) {
		return 0, errOverhead
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.write(p)
	c.link.allow(int64(n) / acknowledged)
	if err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrDeadlineExceeded) {
		time.Sleep(answerTime)
	}
	return n, err
}

func (c *conn) write(p []byte) (int, error) {
	if c.stall <= 0 {
		return c.Conn.Write(p)
	}
	written := 0
	for {
		_ = c.SetWriteDeadline(time.Now().Add(c.stall))
		n, err := c.Conn.Write(p[written:])
		written += n
		if n == 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return written, err
		}
	}
}

// answerTime is how long a failed write waits. A registry that rejects a body may respond
// and cut the connection immediately, and http.Transport drops a response that arrives
// after the error.
const answerTime = 50 * time.Millisecond

// ReadFrom implements io.ReaderFrom, which http.Transport uses for bodies on connections
// without TLS.
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	buf := pieces.Get().(*[]byte)
	defer pieces.Put(buf)
	return io.CopyBuffer(onlyWriter{c}, onlyReader{r}, *buf)
}

// onlyWriter and onlyReader hide the methods for which io.CopyBuffer ignores its buffer.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)

func dial(d *net.Dialer, stall time.Duration) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := d.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &conn{Conn: c, stall: stall}, nil
	}
}
