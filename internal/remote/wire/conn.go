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
)

// NewTransport returns a transport that opens as many connections to a host as there are
// jobs and keeps them: opening one costs more round trips than a request. A connection
// that takes no byte for the time of stall fails; zero sets no limit.
func NewTransport(jobs int, stall time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second, Control: limitUnsent}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dial(dialer, stall),
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          0,
		MaxIdleConnsPerHost:   2 * jobs,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   30 * time.Second,
		ExpectContinueTimeout: time.Second,
		// A registry that writes a large blob to its storage may be silent for minutes.
		ResponseHeaderTimeout: 15 * time.Minute,
		// Layers are compressed already, and ranges count the stored bytes.
		DisableCompression: true,
		ReadBufferSize:     64 << 10,
		WriteBufferSize:    64 << 10,
	}
}

// pieceSize is how many bytes of a blob are moved at a time. The 32 KiB of the standard
// library take eight times as many system calls.
const pieceSize = 256 << 10

var pieces = sync.Pool{New: func() any { b := make([]byte, pieceSize); return &b }}

// conn sends bodies in large pieces, and fails if one of them is not taken in time.
type conn struct {
	net.Conn
	stall time.Duration
}

func (c conn) Write(p []byte) (int, error) {
	if c.stall > 0 {
		_ = c.SetWriteDeadline(time.Now().Add(c.stall))
	}
	n, err := c.Conn.Write(p)
	if err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrDeadlineExceeded) {
		time.Sleep(answerTime)
	}
	return n, err
}

// answerTime is how long a failed write waits. A registry that refuses a body may answer and
// cut the connection at once, and http.Transport drops an answer that comes after the error.
const answerTime = 50 * time.Millisecond

// ReadFrom implements io.ReaderFrom, which http.Transport uses for bodies on connections
// without TLS.
func (c conn) ReadFrom(r io.Reader) (int64, error) {
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
		return conn{c, stall}, nil
	}
}
